import Foundation
import KeyValueStore
import Synchronization

/// Finds out whether a folder's disk takes writes.
enum DiskProbe {
  private static let bytes = 1 << 20

  /// Writes and syncs a megabyte, and takes it away again.
  ///
  /// - Throws: ``StoreError`` with code `writeFailed`.
  static func check(_ folder: String) throws {
    let path = folder + "/.probe"
    defer { unlink(path) }
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(path) }
    defer { close(file) }
    let block = [UInt8](repeating: 0xa5, count: 1 << 16)
    var left = bytes
    while left > 0 {
      let written = write(file, block, min(left, block.count))
      guard written > 0 else { throw failure(path) }
      left -= written
    }
    guard fsync(file) == 0 else { throw failure(path) }
  }

  private static func failure(_ path: String) -> StoreError {
    StoreError(.writeFailed, "cannot write \(path): \(String(cString: strerror(errno)))")
  }
}

/// Whether a write has failed; shared with the writer's thread.
final class BrokenFlag: Sendable {
  private let flag = Atomic(false)

  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set(_ value: Bool) { flag.store(value, ordering: .releasing) }
}
