internal import CVectors
import Artifacts
import Foundation

/// An inverted file in one piece of memory, laid out as in its file: built here, or mapped from there.
///
/// Header (64 bytes), centres, first block of each list, blocks (see `cvectors.h`) and, in a file, the vectors;
/// each section begins on a 64-byte boundary. Little-endian.
// Sendable by hand: nothing changes it once it is built.
final class InvertedImage: @unchecked Sendable {
  let header: InvertedHeader
  private let base: UnsafePointer<UInt8>
  private let owner: Owner

  /// What keeps the memory.
  private enum Owner {
    case allocation(UnsafeMutableRawPointer)
    case file(MappedFile)
  }

  /// Room for an index, to be filled by the builder before anybody else sees it.
  init(header: InvertedHeader) {
    self.header = header
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: header.vectorsOffset, alignment: InvertedHeader.alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: header.vectorsOffset)
    owner = .allocation(memory)
    base = UnsafePointer(memory.assumingMemoryBound(to: UInt8.self))
  }

  /// An index in a file whose header has been checked against its size.
  init(header: InvertedHeader, file: MappedFile, start: UnsafePointer<UInt8>) {
    self.header = header
    owner = .file(file)
    base = start
  }

  deinit {
    if case .allocation(let memory) = owner { memory.deallocate() }
  }

  /// `lists × dimensions` values.
  var centroids: UnsafePointer<Float> { section(header.centroidsOffset) }
  /// `lists + 1` block numbers.
  var starts: UnsafePointer<UInt32> { section(header.startsOffset) }
  /// The blocks of all lists.
  var blocks: UnsafePointer<UInt8> { base + header.blocksOffset }
  /// `rows × dimensions` values; only in a file.
  var vectors: UnsafePointer<Float> { section(header.vectorsOffset) }
  /// All before the vectors.
  var body: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: base + InvertedHeader.byteCount,
      count: header.vectorsOffset - InvertedHeader.byteCount)
  }

  private func section<Element>(_ offset: Int) -> UnsafePointer<Element> {
    UnsafeRawPointer(base + offset).assumingMemoryBound(to: Element.self)
  }
}

/// Extents of an inverted file, and where its sections lie.
struct InvertedHeader: Equatable {
  static let magic: UInt64 = 0x3446_5649_5345_5352  // "RSESIVF4"
  static let byteCount = 64
  static let alignment = 64

  var rows: Int
  var dimensions: Int
  var lists: Int
  var blocks: Int

  var blockBytes: Int { cvectors_block_bytes(dimensions) }
  var centroidsOffset: Int { Self.byteCount }
  var startsOffset: Int { Self.aligned(centroidsOffset + lists * dimensions * 4) }
  var blocksOffset: Int { Self.aligned(startsOffset + (lists + 1) * 4) }
  var vectorsOffset: Int { Self.aligned(blocksOffset + blocks * blockBytes) }
  var fileBytes: Int { vectorsOffset + rows * dimensions * 4 }

  private static func aligned(_ offset: Int) -> Int {
    (offset + alignment - 1) / alignment * alignment
  }
}
