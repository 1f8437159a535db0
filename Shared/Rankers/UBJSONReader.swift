/// Reads Universal Binary JSON and checks every length against the bytes that are there.
///
/// XGBoost's own reader does not: given a file that was cut off it reads past its end and crashes.
struct UBJSONReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0
  private static let deepest = 64

  private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The one value that the bytes hold.
  static func value(of bytes: [UInt8]) throws -> UBJSONValue {
    try bytes.withUnsafeBytes { buffer in
      var reader = UBJSONReader(buffer)
      let value = try reader.value(marker: reader.marker(), depth: 0)
      guard reader.offset == buffer.count else { throw reader.malformed("bytes after the end") }
      return value
    }
  }

  private func malformed(_ why: String) -> RankerError {
    RankerError(.malformedModel, "the model's bytes are malformed at \(offset): \(why)")
  }

  private mutating func marker() throws -> UInt8 { try integer(UInt8.self) }

  /// A big-endian integer.
  private mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    let size = MemoryLayout<Value>.size
    guard bytes.count - offset >= size else { throw malformed("cut off") }
    defer { offset += size }
    return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  private mutating func integer(marker: UInt8) throws -> Int64? {
    switch marker {
    case UInt8(ascii: "i"): Int64(try integer(Int8.self))
    case UInt8(ascii: "U"): Int64(try integer(UInt8.self))
    case UInt8(ascii: "I"): Int64(try integer(Int16.self))
    case UInt8(ascii: "l"): Int64(try integer(Int32.self))
    case UInt8(ascii: "L"): try integer(Int64.self)
    default: nil
    }
  }

  private mutating func number(marker: UInt8) throws -> Double? {
    switch marker {
    case UInt8(ascii: "d"): Double(Float(bitPattern: try integer(UInt32.self)))
    case UInt8(ascii: "D"): Double(bitPattern: try integer(UInt64.self))
    default: nil
    }
  }

  /// A length: an integer that is not negative. Every element takes at least one byte.
  private mutating func length() throws -> Int {
    guard let length = try integer(marker: marker()), length >= 0,
      length <= Int64(bytes.count - offset)
    else { throw malformed("a length that cannot be") }
    return Int(length)
  }

  private mutating func text() throws -> String {
    let length = try length()
    guard length <= bytes.count - offset else { throw malformed("cut off") }
    defer { offset += length }
    return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
  }

  private mutating func value(marker: UInt8, depth: Int) throws -> UBJSONValue {
    guard depth < Self.deepest else { throw malformed("nested too deeply") }
    switch marker {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "S"): return .text(try text())
    case UInt8(ascii: "T"): return .flag(true)
    case UInt8(ascii: "F"): return .flag(false)
    case UInt8(ascii: "Z"): return .null
    default:
      if let integer = try integer(marker: marker) { return .integer(integer) }
      if let number = try number(marker: marker) { return .number(number) }
      throw malformed("an unknown marker")
    }
  }

  private mutating func object(depth: Int) throws -> UBJSONValue {
    var members: [String: UBJSONValue] = [:]
    while try peek() != UInt8(ascii: "}") {
      let key = try text()
      members[key] = try value(marker: marker(), depth: depth)
    }
    offset += 1
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> UBJSONValue {
    switch try peek() {
    case UInt8(ascii: "$"): return try typedArray()
    case UInt8(ascii: "#"):
      offset += 1
      let count = try length()
      return .array(try (0..<count).map { _ in try value(marker: marker(), depth: depth) })
    default:
      var elements: [UBJSONValue] = []
      while try peek() != UInt8(ascii: "]") {
        elements.append(try value(marker: marker(), depth: depth))
      }
      offset += 1
      return .array(elements)
    }
  }

  /// `$ type # length`, then the elements without markers.
  private mutating func typedArray() throws -> UBJSONValue {
    offset += 1
    let type = try marker()
    guard try marker() == UInt8(ascii: "#") else { throw malformed("no length") }
    let count = try length()
    if "dD".utf8.contains(type) {
      return .numbers(try (0..<count).map { _ in try number(marker: type) ?? 0 })
    }
    guard "iUIlL".utf8.contains(type) else { throw malformed("an array of an unknown type") }
    return .integers(try (0..<count).map { _ in try integer(marker: type) ?? 0 })
  }

  private func peek() throws -> UInt8 {
    guard offset < bytes.count else { throw malformed("cut off") }
    return bytes[offset]
  }
}
