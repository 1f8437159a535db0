import Foundation

/// Writes a new file through one descriptor, so that it can be synced before it counts.
final class FileHandleWriter {
  private let descriptor: Int32
  private let path: String

  /// Creates or empties the file; `append` keeps what is there.
  init(path: String, append: Bool = false) throws {
    self.path = path
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC)
    descriptor = open(path, flags, 0o644)
    guard descriptor >= 0 else { throw ArtifactError.system("cannot write \(path)") }
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Foundation.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw ArtifactError.system("cannot write \(path)")
      }
      rest = rest.dropFirst(written)
    }
  }

  func sync() throws {
    guard fsync(descriptor) == 0 else { throw ArtifactError.system("cannot sync \(path)") }
  }
}

/// Steps that survive a power cut once they have returned.
enum DurableFiles {
  /// Syncs a file or a folder (its list of names).
  static func sync(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ArtifactError.system("cannot open \(path)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw ArtifactError.system("cannot sync \(path)") }
  }

  /// Replaces a file as one step: readers see the old contents or the new, never a part.
  static func replace(_ path: String, with bytes: [UInt8]) throws {
    let aside = "\(path).\(UUID().uuidString).tmp"
    let file = try FileHandleWriter(path: aside)
    do {
      try file.write(bytes)
      try file.sync()
      guard rename(aside, path) == 0 else { throw ArtifactError.system("cannot replace \(path)") }
    } catch {
      unlink(aside)
      throw error
    }
    try sync((path as NSString).deletingLastPathComponent)
  }

  /// Runs the body while this process alone holds the lock file.
  static func locked<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ArtifactError.system("cannot open \(path)") }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw ArtifactError.system("cannot lock \(path)") }
    }
    return try body()
  }

  /// SHA-256 and size of a file, read through a mapping.
  static func digest(_ path: String) throws -> (sha256: String, bytes: Int) {
    let file = try MappedFile(path: path)
    var digest = SHA256Digest()
    digest.update(file.bytes)
    return (digest.hexadecimal(), file.bytes.count)
  }
}
