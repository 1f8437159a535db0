import Foundation

/// A file mapped read-only into memory, unmapped when the last reference goes.
///
/// Whoever truncates a file while it is mapped makes its readers fault; published bundles are never
/// written again, and a bundle that is replaced keeps its pages until the mapping goes.
///
/// Sendable by hand: the pointer is immutable and the pages are read-only.
public final class MappedFile: @unchecked Sendable {
  /// All bytes of the file; valid while the object lives.
  public let bytes: UnsafeRawBufferPointer

  /// Maps a regular file.
  ///
  /// - Throws: ``ArtifactError`` when there is none or it cannot be read.
  public init(path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ArtifactError.system("cannot open \(path)") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw ArtifactError.system("cannot read \(path)") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw ArtifactError(.malformed, "\(path) is not a regular file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw ArtifactError.system("cannot map \(path)")
    }
    bytes = UnsafeRawBufferPointer(start: address, count: count)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}

extension ArtifactError {
  /// An input or output failure with the system's own reason.
  static func system(_ what: String) -> ArtifactError {
    ArtifactError(.inputOutput, "\(what): \(String(cString: strerror(errno)))")
  }
}
