import Foundation
import RecommendationCore

/// A file of records, written from its beginning to its end and never changed: one piece of a ``TraceLog``.
///
/// A record: length of what follows the checksum (32 bits), checksum (64), kind (8), time (64), length of the request
/// id (32), the id, the body. What a process that was killed left half written is passed over.
final class TraceSegment {
  /// What a record is about.
  struct Head {
    var requestID: String
    var kind: UInt8
    /// Unix time in milliseconds.
    var time: Int64
  }

  /// Where a record's body is.
  struct Place: Sendable {
    var segment: UInt64
    var offset: Int
    var length: Int
  }

  private static let prefixBytes = 12
  private static let headBytes = 13
  private static let longest = 64 << 20

  let number: UInt64
  let path: String
  private(set) var byteCount = 0
  /// Ids of the requests that it has records of.
  var requestIDs: [String] = []
  private let file: Int32

  /// Opens a segment, for writing when it is to be made.
  ///
  /// - Throws: ``GatewayError`` when the file cannot be opened.
  init(folder: String, number: UInt64, isNew: Bool) throws {
    self.number = number
    path = Self.path(folder, number)
    file = open(path, isNew ? O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw GatewayError(
        .configuration, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(file) }

  static func path(_ folder: String, _ number: UInt64) -> String {
    let digits = String(number)
    return "\(folder)/traces-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  /// The number in a file's name; nil for other files.
  static func number(of name: String) -> UInt64? {
    name.hasPrefix("traces-") ? UInt64(name.dropFirst(7)) : nil
  }

  /// Appends a record; nothing of it counts where that fails.
  ///
  /// - Throws: ``GatewayError`` when the file takes no write. The segment must be given up then.
  func append(_ head: Head, _ body: [UInt8]) throws -> Place {
    var content = ByteWriter(capacity: Self.headBytes + head.requestID.utf8.count)
    content.write(head.kind)
    content.write(head.time)
    content.write(head.requestID)
    let length = content.bytes.count + body.count
    var start = ByteWriter(capacity: Self.prefixBytes)
    start.write(UInt32(truncatingIfNeeded: length))
    start.write(Self.checksum(content.bytes, body))
    // The body is large, and goes to the file from where it is.
    try write(start.bytes + content.bytes, at: byteCount)
    let bodyOffset = byteCount + Self.prefixBytes + content.bytes.count
    try write(body, at: bodyOffset)
    byteCount += Self.prefixBytes + length
    requestIDs.append(head.requestID)
    return Place(segment: number, offset: bodyOffset, length: body.count)
  }

  private func write(_ bytes: [UInt8], at offset: Int) throws {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(
          file, $0.baseAddress?.advanced(by: written), $0.count - written, off_t(offset + written))
      }
      guard count > 0 else {
        throw GatewayError(
          .disk, "cannot write \(path): \(String(cString: strerror(errno)))")
      }
      written += count
    }
  }

  /// Reads all records from the beginning, up to the end or to one that is damaged.
  func scan(_ body: (Head, Place) -> Void) {
    var offset = 0
    while let prefix = bytes(at: offset, Self.prefixBytes), prefix.count == Self.prefixBytes {
      var found: (Int, UInt64)?
      prefix.withUnsafeBytes { bytes in
        var reader = ByteReader(bytes)
        if let length = reader.read(UInt32.self), let sum = reader.read(UInt64.self) {
          found = (Int(length), sum)
        }
      }
      guard let (length, sum) = found, length >= Self.headBytes, length <= Self.longest,
        let content = bytes(at: offset + Self.prefixBytes, length), content.count == length,
        let (head, headLength) = Self.head(content),
        Self.checksum(Array(content[..<headLength]), Array(content[headLength...])) == sum
      else { break }
      requestIDs.append(head.requestID)
      body(
        head,
        Place(
          segment: number, offset: offset + Self.prefixBytes + headLength,
          length: length - headLength))
      offset += Self.prefixBytes + length
    }
    byteCount = offset
  }

  /// The body of a record; nil where the file has it no more.
  func body(_ place: Place) -> [UInt8]? {
    let body = bytes(at: place.offset, place.length)
    return body?.count == place.length ? body : nil
  }

  private static func head(_ content: [UInt8]) -> (Head, Int)? {
    content.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      guard let kind = reader.read(UInt8.self), let time = reader.read(Int64.self),
        let length = reader.read(UInt32.self), let id = reader.readBytes(Int(length))
      else { return nil }
      let head = Head(requestID: String(decoding: id, as: UTF8.self), kind: kind, time: time)
      return (head, bytes.count - reader.remaining)
    }
  }

  private func bytes(at offset: Int, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var read = 0
    while read < count {
      let more = bytes.withUnsafeMutableBytes {
        pread(file, $0.baseAddress?.advanced(by: read), count - read, off_t(offset + read))
      }
      guard more >= 0 else { return nil }
      if more == 0 { return Array(bytes.prefix(read)) }
      read += more
    }
    return bytes
  }

  private static func checksum(_ head: [UInt8], _ body: [UInt8]) -> UInt64 {
    [head, body].reduce(0x9e37_79b9_7f4a_7c15) { sum, bytes in
      bytes.withUnsafeBytes { checksum($0, after: sum ^ UInt64($0.count)) }
    }
  }

  /// By words, not bytes: a trace has some ten thousands.
  private static func checksum(_ bytes: UnsafeRawBufferPointer, after start: UInt64) -> UInt64 {
    var sum = start
    var offset = 0
    while offset + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
      sum = (sum ^ word) &* 0xff51_afd7_ed55_8ccd
      sum ^= sum >> 32
      offset += 8
    }
    for byte in bytes[offset...] { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return sum
  }
}
