internal import CVectors
import Artifacts
import Foundation
import LinearAlgebra

extension InvertedFileIndex {
  /// Writes the index and its vectors into a file, as one step: readers see the old file or the whole new one.
  ///
  /// - Throws: ``VectorSearchError`` when the file cannot be written.
  public func save(to path: String) throws {
    let aside = "\(path).\(UUID().uuidString).tmp"
    do {
      try vectors.withUnsafeValues { values in
        let vectorBytes = UnsafeRawBufferPointer(
          start: values, count: image.header.fileBytes - image.header.vectorsOffset)
        let head = image.header.bytes(body: image.body, vectors: vectorBytes)
        guard FileManager.default.createFile(atPath: aside, contents: nil),
          let file = FileHandle(forWritingAtPath: aside)
        else { throw CocoaError(.fileWriteUnknown) }
        defer { file.closeFile() }
        try file.write(contentsOf: head)
        try file.write(contentsOf: image.body.unownedData)
        try file.write(contentsOf: vectorBytes.unownedData)
        try file.synchronize()
      }
      guard rename(aside, path) == 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
    } catch {
      unlink(aside)
      throw VectorSearchError(.indexFailure, "cannot write the index \(path)", cause: error)
    }
  }

  /// Maps a file that ``save(to:)`` wrote into memory, after checking all of it.
  ///
  /// The file must not be written while it is mapped; replacing it (as ``save(to:)`` does) is fine.
  ///
  /// - Parameter probeShare: as in ``Configuration``, which only concerns searching.
  /// - Throws: ``VectorSearchError`` with the reason when the file cannot be read, is not such an index, was cut
  ///   short, or does not have its checksum.
  public convenience init(
    mapping path: String, probeShare: Double = Configuration().probeShare
  ) throws {
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch {
      throw VectorSearchError(.indexFailure, "cannot read the index \(path)", cause: error)
    }
    do {
      guard probeShare > 0, probeShare <= 1 else {
        throw VectorSearchError(.invalidArgument, "\(probeShare) is not a share of the lists")
      }
      self.init(
        image: try InvertedImage(checking: file),
        configuration: Configuration(probeShare: probeShare))
    } catch let error as VectorSearchError {
      throw VectorSearchError(error.code, "\(path): \(error.message)")
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes for a call that only reads them.
  fileprivate var unownedData: Data {
    guard let start = baseAddress else { return Data() }
    return Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: count, deallocator: .none)
  }
}

extension InvertedHeader {
  /// Places of the fields in the file: eight words of eight bytes.
  private enum Field: Int {
    case magic, rows, dimensions, lists, blocks, bodyChecksum, vectorsChecksum, headerChecksum
  }

  /// The 64 bytes of the header.
  fileprivate func bytes(
    body: UnsafeRawBufferPointer, vectors: UnsafeRawBufferPointer
  ) -> Data {
    var words = [
      Self.magic, UInt64(rows), UInt64(dimensions), UInt64(lists), UInt64(blocks),
      body.checksum, vectors.checksum,
    ]
    words.append(words.withUnsafeBytes { $0.checksum })
    return words.map(\.littleEndian).withUnsafeBytes { Data($0) }
  }

  /// Reads a header, checked against the file's size and checksums.
  fileprivate init(file: UnsafeRawBufferPointer) throws {
    guard file.count >= Self.byteCount else {
      throw VectorSearchError(.indexFailure, "\(file.count) bytes are too few for an index")
    }
    func word(_ field: Field) -> UInt64 {
      UInt64(
        littleEndian: file.loadUnaligned(fromByteOffset: 8 * field.rawValue, as: UInt64.self))
    }
    guard word(.magic) == Self.magic else {
      throw VectorSearchError(.indexFailure, "this is not an inverted file")
    }
    let checked = UnsafeRawBufferPointer(rebasing: file[..<(8 * Field.headerChecksum.rawValue)])
    guard word(.headerChecksum) == checked.checksum else {
      throw VectorSearchError(.indexFailure, "the header does not have its checksum")
    }
    // Bounds that keep the arithmetic of the extents from overflowing.
    guard let rows = Int32(exactly: word(.rows)), rows > 0,
      let dimensions = UInt16(exactly: word(.dimensions)), dimensions > 0,
      let lists = Int32(exactly: word(.lists)), lists > 0,
      let blocks = Int32(exactly: word(.blocks)), blocks > 0
    else { throw VectorSearchError(.indexFailure, "the header's extents make no sense") }
    self.init(
      rows: Int(rows), dimensions: Int(dimensions), lists: Int(lists), blocks: Int(blocks))
    guard file.count == fileBytes else {
      throw VectorSearchError(
        .indexFailure, "the file has \(file.count) bytes, its header speaks of \(fileBytes)")
    }
    let body = UnsafeRawBufferPointer(rebasing: file[Self.byteCount..<vectorsOffset])
    let vectors = UnsafeRawBufferPointer(rebasing: file[vectorsOffset...])
    guard body.checksum == word(.bodyChecksum), vectors.checksum == word(.vectorsChecksum) else {
      throw VectorSearchError(.indexFailure, "the contents do not have their checksum")
    }
  }
}

extension InvertedImage {
  /// An index in a mapped file, after checking all of it: no row or block number leads out of it.
  fileprivate convenience init(checking file: MappedFile) throws {
    let header = try InvertedHeader(file: file.bytes)
    guard let start = file.bytes.baseAddress else {
      throw VectorSearchError(.indexFailure, "the file is empty")
    }
    self.init(
      header: header, file: file, start: start.assumingMemoryBound(to: UInt8.self))
    guard starts[0] == 0, starts[header.lists] == UInt32(header.blocks),
      (0..<header.lists).allSatisfy({ starts[$0] <= starts[$0 + 1] })
    else { throw VectorSearchError(.indexFailure, "the lists do not follow one another") }
    var seen = RowFilter(rowCount: header.rows, allowingAll: false)
    for block in 0..<header.blocks {
      let head = UnsafeRawPointer(blocks + block * header.blockBytes)
      for lane in 0..<Int(CVECTORS_LANES) {
        let scale = head.load(fromByteOffset: 4 * lane, as: Float.self)
        let row = head.load(fromByteOffset: 64 + 4 * lane, as: Int32.self)
        if scale.isNaN { continue }
        guard row >= 0, Int(row) < header.rows, !seen.allows(Int(row)) else {
          throw VectorSearchError(.indexFailure, "row \(row) is out of place")
        }
        seen.allow(Int(row))
      }
    }
    guard seen.isUnrestricted else {
      throw VectorSearchError(
        .indexFailure, "only \(seen.allowedCount) of \(header.rows) rows are in the lists")
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate var checksum: UInt64 {
    guard let baseAddress, count > 0 else { return 0 }
    return cvectors_checksum(baseAddress, count)
  }
}
