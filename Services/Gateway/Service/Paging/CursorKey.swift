import Foundation

/// The key that cursors are signed with: gateways that share it take each other's cursors, and a restart its own.
struct CursorKey: Sendable {
  private static let byteCount = 32

  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// A key that nobody else has: cursors end with the process.
  static func random() -> CursorKey {
    var generator = SystemRandomNumberGenerator()
    return CursorKey(bytes: (0..<byteCount).map { _ in .random(in: 0...255, using: &generator) })
  }

  /// The key of a file; where there is none yet, a new one is left there, readable by its owner alone.
  ///
  /// - Throws: ``GatewayError`` when the file can be neither read nor made, or is too short for a key.
  init(path: String) throws {
    if let data = FileManager.default.contents(atPath: path) {
      guard data.count >= Self.byteCount else {
        throw GatewayError(
          .configuration, "\(path) is no key: it has \(data.count) bytes of \(Self.byteCount)")
      }
      bytes = Array(data)
      return
    }
    let key = Self.random()
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw GatewayError(.configuration, "cannot make the folder \(folder)", cause: error)
    }
    // Written aside and linked: of two gateways that start at once one wins, and both have its key.
    let aside = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
    let descriptor = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.fault(path) }
    defer { unlink(aside) }
    let written = key.bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    guard written == Self.byteCount else { throw Self.fault(path) }
    if link(aside, path) == 0 {
      bytes = key.bytes
    } else if errno == EEXIST {
      self = try CursorKey(path: path)
    } else {
      throw Self.fault(path)
    }
  }

  private static func fault(_ path: String) -> GatewayError {
    GatewayError(
      .configuration, "cannot keep the cursors' key in \(path): \(String(cString: strerror(errno)))"
    )
  }
}
