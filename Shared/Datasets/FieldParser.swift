/// Numbers and texts from bytes, without a `String` on the way.
enum FieldParser {
  /// The bytes of a line.
  typealias Bytes = UnsafeBufferPointer<UInt8>

  /// A whole decimal number; nil when anything else stands there or it does not fit.
  @inline(__always)
  static func integer(_ bytes: Bytes) -> Int64? {
    var index = 0
    var negative = false
    if let first = bytes.first, first == 0x2d {
      negative = true
      index = 1
    }
    // 18 digits always fit.
    guard index < bytes.count, bytes.count - index <= 18 else { return nil }
    var value: Int64 = 0
    while index < bytes.count {
      let digit = bytes[index] &- 0x30
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int64(digit)
      index += 1
    }
    return negative ? -value : value
  }

  /// A decimal number such as `4`, `3.5`, `-0.25` or `1e-3`; nil when anything else stands there.
  @inline(__always)
  static func decimal(_ bytes: Bytes) -> Double? {
    var index = 0
    var negative = false
    if let first = bytes.first, first == 0x2d {
      negative = true
      index = 1
    }
    // Up to 15 digits are exact in a double, and so is the power of ten they are divided by.
    guard index < bytes.count, bytes.count - index <= 15 else { return slowDecimal(bytes) }
    var mantissa: Int64 = 0
    var scale = 1.0
    var seenPoint = false
    var digits = 0
    while index < bytes.count {
      let byte = bytes[index]
      let digit = byte &- 0x30
      if digit < 10 {
        mantissa = mantissa &* 10 &+ Int64(digit)
        if seenPoint { scale *= 10 }
        digits += 1
      } else if byte == 0x2e, !seenPoint {
        seenPoint = true
      } else {
        return slowDecimal(bytes)
      }
      index += 1
    }
    guard digits > 0 else { return nil }
    let value = Double(mantissa) / scale
    return negative ? -value : value
  }

  /// All that Swift reads as a number and is finite.
  @inline(never)
  private static func slowDecimal(_ bytes: Bytes) -> Double? {
    guard bytes.count <= 64, let value = Double(utf8(bytes)), value.isFinite else { return nil }
    return value
  }

  /// Text in UTF-8; broken sequences become U+FFFD.
  static func utf8(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Text in ISO 8859-1: each byte is the code point of its character.
  static func latin1(_ bytes: Bytes) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(Unicode.Scalar(byte)) }
    return String(text)
  }

  /// Splits a line at a separator of one byte into at most `limit` fields; no quoting.
  @inline(__always)
  static func forEachField(
    _ bytes: Bytes, separator: UInt8, _ body: (_ index: Int, _ field: Bytes) -> Void
  ) {
    var start = 0
    var field = 0
    for index in 0...bytes.count where index == bytes.count || bytes[index] == separator {
      body(field, Bytes(rebasing: bytes[start..<index]))
      field += 1
      start = index + 1
    }
  }
}
