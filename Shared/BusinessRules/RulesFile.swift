import Foundation

/// The file of business rules: read whole, written aside and renamed, so that a reader never sees half of one, and
/// gateways that share it follow each other.
public struct RulesFile: Sendable {
  /// Where it is.
  public let path: String

  /// A file, there or not.
  public init(path: String) { self.path = path }

  /// What tells one content of the file from another, as far as a look at the folder can.
  public struct Stamp: Sendable, Equatable {
    var inode: UInt64
    var size: Int64
    var modifiedNanoseconds: Int64
  }

  /// What stands there now; nil: no file.
  public var stamp: Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Stamp(
      inode: UInt64(status.st_ino), size: Int64(status.st_size),
      modifiedNanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000
        + Int64(status.st_mtim.tv_nsec))
  }

  /// The rules of the file; those of no file are none.
  ///
  /// - Throws: for a file that cannot be read or does not hold valid rules.
  public func read() throws -> RuleBook {
    guard stamp != nil else { return .empty }
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard let text = String(data: data, encoding: .utf8) else {
      throw RulesText.Fault(description: "\(path) is not UTF-8 text")
    }
    return try RuleBook(try RulesText.parse(text))
  }

  /// Writes rules in place of those that are there; on disk when it returns.
  public func write(_ book: RuleBook) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let bytes = Array(try RulesText.write(book.proto).utf8)
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max)).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.fault("create", temporary) }
    defer { unlink(temporary) }
    do {
      defer { close(descriptor) }
      var written = 0
      while written < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
          Foundation.write(
            descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
        }
        guard count > 0 || errno == EINTR else { throw Self.fault("write", temporary) }
        written += max(0, count)
      }
      guard fsync(descriptor) == 0 else { throw Self.fault("write", temporary) }
    }
    guard rename(temporary, path) == 0 else { throw Self.fault("replace", path) }
  }

  private static func fault(_ what: String, _ path: String) -> RulesText.Fault {
    RulesText.Fault(description: "cannot \(what) \(path): \(String(cString: strerror(errno)))")
  }
}
