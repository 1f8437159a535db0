#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How far a reader has come.
public struct ReadProgress: Sendable {
  /// The file being read.
  public var file: String
  /// Bytes of it read from disk.
  public var bytesRead: Int
  /// Its size on disk.
  public var bytesTotal: Int
  /// Rows seen in it.
  public var rows: Int
}

/// Called now and then while a file is read.
public typealias ProgressReport = (ReadProgress) -> Void

/// Goes through a file line by line over one fixed buffer.
struct LineScanner {
  /// A longer line than this is no line of data; it is refused, and memory stays bounded.
  static let longestLine = 1 << 22

  /// The file, `.gz` or plain.
  let path: String

  /// Calls `body` with the bytes of each line, without its line end, and its number from 1.
  ///
  /// - Complexity: O(bytes); the pointers are valid during the call only.
  /// - Returns: the number of lines.
  @discardableResult
  func forEachLine(
    progress: ProgressReport? = nil, _ body: (UnsafeBufferPointer<UInt8>, Int) throws -> Void
  ) throws -> Int {
    let source = try ByteSource(path: path)
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.longestLine)
    defer { buffer.deallocate() }
    var filled = 0
    var line = 0
    var atEnd = false
    while !atEnd {
      let room = UnsafeMutableRawBufferPointer(
        rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
      let count = try source.read(into: room)
      atEnd = count == 0
      filled += count
      let used = try scan(
        UnsafeBufferPointer(rebasing: UnsafeBufferPointer(buffer)[..<filled]), line: &line,
        atEnd: atEnd, body)
      filled -= used
      guard filled < Self.longestLine else {
        throw DatasetError(.format, "\(path):\(line + 1): a line is longer than 4 MiB")
      }
      if filled > 0, used > 0, let base = buffer.baseAddress { memmove(base, base + used, filled) }
      progress?(
        ReadProgress(
          file: path, bytesRead: source.fileBytesRead, bytesTotal: source.fileBytes, rows: line))
    }
    return line
  }

  /// Hands out the whole lines of a buffer (and the last one without a line end when at the end).
  /// - Returns: the bytes used up.
  @inline(__always)
  private func scan(
    _ bytes: UnsafeBufferPointer<UInt8>, line: inout Int, atEnd: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, Int) throws -> Void
  ) throws -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var start = 0
    while start < bytes.count {
      let rest = bytes.count - start
      var end = bytes.count
      if let found = memchr(base + start, 0x0a, rest) {
        end = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
      } else if !atEnd {
        break
      }
      line += 1
      let stop = end > start && base[end - 1] == 0x0d ? end - 1 : end
      try body(UnsafeBufferPointer(start: base + start, count: stop - start), line)
      start = min(end + 1, bytes.count)
    }
    return start
  }
}
