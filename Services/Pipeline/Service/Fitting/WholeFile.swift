import Foundation

/// A text file that appears under its name only when it is whole.
final class WholeFile {
  private static let chunk = 1 << 18
  private let handle: FileHandle
  private var buffer: [UInt8] = []

  private init(_ handle: FileHandle) { self.handle = handle }

  /// Refuses a path that cannot be written, before hours are spent on what goes there.
  ///
  /// - Throws: ``PipelineError`` when its folder is not there or takes no files, or it is a folder itself.
  static func check(_ path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard FileManager.default.isWritableFile(atPath: folder), !exists || !isFolder.boolValue else {
      throw PipelineError(.usage, "cannot write \(path)")
    }
  }

  /// Writes a file aside and renames it.
  ///
  /// - Throws: ``PipelineError`` when it cannot be written; nothing is left then.
  static func write(_ path: String, _ body: (WholeFile) throws -> Void) throws {
    let aside = "\(path).part-\(ProcessInfo.processInfo.processIdentifier)"
    guard FileManager.default.createFile(atPath: aside, contents: nil),
      let handle = FileHandle(forWritingAtPath: aside)
    else { throw PipelineError(.usage, "cannot write \(path)") }
    do {
      let file = WholeFile(handle)
      try body(file)
      try file.flush()
      try handle.synchronize()
      try handle.close()
      guard rename(aside, path) == 0 else {
        throw PipelineError(.usage, "cannot write \(path): \(String(cString: strerror(errno)))")
      }
    } catch {
      try? FileManager.default.removeItem(atPath: aside)
      throw error
    }
  }

  /// Adds text.
  func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.chunk { try flush() }
  }

  private func flush() throws {
    try handle.write(contentsOf: buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
