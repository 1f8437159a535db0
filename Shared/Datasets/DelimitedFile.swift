/// A row of a CSV or TSV file.
struct DelimitedRecord {
  /// Number of the row's first line, from 1.
  let line: Int
  fileprivate let bytes: UnsafeBufferPointer<UInt8>
  fileprivate let ranges: [Range<Int>]

  /// Number of fields.
  var count: Int { ranges.count }

  /// A field's bytes, without the quotes around it; doubled quotes inside are as they stand.
  @inline(__always)
  func bytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let range = ranges[index]
    if isQuoted(range) {
      return UnsafeBufferPointer(rebasing: bytes[range.lowerBound + 1..<range.upperBound - 1])
    }
    return UnsafeBufferPointer(rebasing: bytes[range])
  }

  /// A field's text in UTF-8, its quotes undone.
  func text(_ index: Int) -> String {
    let text = FieldParser.utf8(bytes(index))
    return isQuoted(ranges[index]) ? text.replacing("\"\"", with: "\"") : text
  }

  @inline(__always)
  private func isQuoted(_ range: Range<Int>) -> Bool {
    range.count >= 2 && bytes[range.lowerBound] == 0x22 && bytes[range.upperBound - 1] == 0x22
  }
}

/// Goes through a CSV (RFC 4180: quoted fields may hold separators, doubled quotes and line ends) or TSV file.
struct DelimitedFile {
  let path: String
  let separator: UInt8

  /// Calls `body` for each row that is not empty. The row is valid during the call only.
  func forEachRecord(
    progress: ProgressReport? = nil, _ body: (DelimitedRecord) throws -> Void
  ) throws {
    var pending: [UInt8] = []
    var pendingLine = 0
    try LineScanner(path: path).forEachLine(progress: progress) { bytes, line in
      var bytes = bytes
      // A UTF-8 byte order mark is no part of the first name.
      if line == 1, bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = .init(rebasing: bytes[3...]) }
      if pending.isEmpty, !Self.hasOddQuotes(bytes) {
        if bytes.isEmpty { return }
        return try body(DelimitedRecord(line: line, bytes: bytes, ranges: ranges(of: bytes)))
      }
      if pending.isEmpty { pendingLine = line } else { pending.append(0x0a) }
      pending += bytes
      guard pending.count < LineScanner.longestLine else {
        throw DatasetError(.format, "\(path):\(pendingLine): a quote is never closed")
      }
      try pending.withUnsafeBufferPointer { whole in
        if Self.hasOddQuotes(whole) { return }
        try body(DelimitedRecord(line: pendingLine, bytes: whole, ranges: ranges(of: whole)))
      }
      if !pending.withUnsafeBufferPointer({ Self.hasOddQuotes($0) }) { pending.removeAll() }
    }
    guard pending.isEmpty else {
      throw DatasetError(.format, "\(path):\(pendingLine): a quote is never closed")
    }
  }

  private static func hasOddQuotes(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var odd = false
    for byte in bytes where byte == 0x22 { odd.toggle() }
    return odd
  }

  private func ranges(of bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(8)
    var start = 0
    var quoted = false
    for index in 0..<bytes.count {
      if bytes[index] == 0x22 { quoted.toggle() }
      if bytes[index] == separator, !quoted {
        ranges.append(start..<index)
        start = index + 1
      }
    }
    ranges.append(start..<bytes.count)
    return ranges
  }
}
