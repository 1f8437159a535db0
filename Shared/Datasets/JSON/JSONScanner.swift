import Foundation

/// Reads JSON (RFC 8259) from bytes, value by value: members that nobody asks for are passed over, not built.
struct JSONScanner {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  /// What kind of value comes next.
  enum Kind: Equatable {
    case object, array, string, number, flag, null
  }

  /// The text is no JSON, or not of the kind that was asked for.
  struct Malformed: Error, CustomStringConvertible {
    /// What was expected.
    var what: String
    /// Where, in bytes.
    var place: Int
    var description: String { "not JSON at byte \(place): \(what)" }
  }

  /// Values in values: deeper is refused, for every level takes stack.
  private static let deepest = 128

  private let bytes: Bytes
  private(set) var place = 0

  init(_ bytes: Bytes) { self.bytes = bytes }

  /// The kind of the next value.
  mutating func kind() throws -> Kind {
    skipSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case 0x22: return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .flag
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), 0x30...0x39: return .number
    default: throw malformed("a value")
    }
  }

  /// Goes through an object: the body gets each key as it stands, escapes and all, and must take its value.
  mutating func forEachMember(_ body: (Bytes, inout JSONScanner) throws -> Void) throws {
    try expect(UInt8(ascii: "{"))
    if take(UInt8(ascii: "}")) { return }
    repeat {
      let key = try rawString()
      try expect(UInt8(ascii: ":"))
      try body(key, &self)
    } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"))
  }

  /// Goes through an array: the body must take each element.
  mutating func forEachElement(_ body: (inout JSONScanner) throws -> Void) throws {
    try expect(UInt8(ascii: "["))
    if take(UInt8(ascii: "]")) { return }
    repeat { try body(&self) } while take(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"))
  }

  /// A text's bytes as they stand between the quotes.
  mutating func rawString() throws -> Bytes {
    try expect(0x22)
    let start = place
    while place < bytes.count {
      let byte = bytes[place]
      if byte == 0x22 {
        place += 1
        return Bytes(rebasing: bytes[start..<place - 1])
      }
      guard byte >= 0x20 else { throw malformed("a control character in a text") }
      place += byte == 0x5c ? 2 : 1
    }
    throw malformed("a text's end")
  }

  /// A text.
  mutating func string() throws -> String {
    let start = place
    let raw = try rawString()
    guard raw.contains(0x5c) else { return FieldParser.utf8(raw) }
    return try Self.unescaped(raw, at: start)
  }

  /// The text of a key or of a raw text.
  static func text(of raw: Bytes) throws -> String {
    raw.contains(0x5c) ? try unescaped(raw, at: 0) : FieldParser.utf8(raw)
  }

  /// A number.
  mutating func number() throws -> Double {
    let raw = try rawNumber()
    guard let value = FieldParser.decimal(raw) else { throw malformed("a number") }
    return value
  }

  /// A whole number.
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    let raw = try rawNumber()
    if let value = FieldParser.integer(raw).flatMap({ Value(exactly: $0) }) { return value }
    if let value = Value(FieldParser.utf8(raw)) { return value }
    guard let value = FieldParser.decimal(raw).flatMap({ Value(exactly: $0) }) else {
      throw malformed("a whole number")
    }
    return value
  }

  /// A number's bytes.
  mutating func rawNumber() throws -> Bytes {
    skipSpace()
    let start = place
    while place < bytes.count, Self.isOfNumber(bytes[place]) { place += 1 }
    guard place > start else { throw malformed("a number") }
    return Bytes(rebasing: bytes[start..<place])
  }

  /// `true` or `false`.
  mutating func flag() throws -> Bool {
    skipSpace()
    let isTrue = try peek() == UInt8(ascii: "t")
    try word(isTrue ? "true" : "false")
    return isTrue
  }

  /// Passes over `null`.
  mutating func null() throws {
    skipSpace()
    try word("null")
  }

  /// Passes over a value of any kind.
  mutating func skip(depth: Int = 0) throws {
    guard depth < Self.deepest else { throw malformed("at most \(Self.deepest) levels") }
    switch try kind() {
    case .object: try forEachMember { _, scanner in try scanner.skip(depth: depth + 1) }
    case .array: try forEachElement { try $0.skip(depth: depth + 1) }
    case .string: _ = try rawString()
    case .number: _ = try number()
    case .flag: _ = try flag()
    case .null: try null()
    }
  }

  /// Nothing but space may follow.
  mutating func end() throws {
    skipSpace()
    guard place == bytes.count else { throw malformed("the end") }
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
      UInt8(ascii: "E"):
      true
    default: false
    }
  }

  private func malformed(_ what: String) -> Malformed { Malformed(what: what, place: place) }

  private func peek() throws -> UInt8 {
    guard place < bytes.count else { throw malformed("more") }
    return bytes[place]
  }

  private mutating func skipSpace() {
    while place < bytes.count {
      switch bytes[place] {
      case 0x20, 0x09, 0x0a, 0x0d: place += 1
      default: return
      }
    }
  }

  private mutating func expect(_ byte: UInt8) throws {
    guard take(byte) else { throw malformed("'\(Character(Unicode.Scalar(byte)))'") }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard place < bytes.count, bytes[place] == byte else { return false }
    place += 1
    return true
  }

  private mutating func word(_ text: StaticString) throws {
    let end = place + text.utf8CodeUnitCount
    guard end <= bytes.count, text.withUTF8Buffer({ $0.elementsEqual(bytes[place..<end]) }) else {
      throw malformed("\(text)")
    }
    place = end
  }

  /// Escapes are rare: Foundation undoes them.
  private static func unescaped(_ raw: Bytes, at place: Int) throws -> String {
    var text: [UInt8] = [0x22]
    text.append(contentsOf: raw)
    text.append(0x22)
    do {
      return try JSONDecoder().decode(String.self, from: Data(text))
    } catch {
      throw Malformed(what: "a text with valid escapes", place: place)
    }
  }
}
