/// Writes JSON as bytes, member by member, in the order of the calls.
struct JSONText {
  private(set) var bytes: [UInt8] = []

  /// A text between quotes, escaped where JSON wants it.
  mutating func append(_ text: String) {
    bytes.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5c:
        bytes.append(0x5c)
        bytes.append(byte)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        let digits = Array("0123456789abcdef".utf8)
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }

  /// Text as it is: brackets, numbers.
  mutating func append(raw text: String) { bytes.append(contentsOf: text.utf8) }

  /// A finite number, shortest form that reads back as the same.
  mutating func append(_ number: Double) {
    append(raw: number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)")
  }

  mutating func append(_ texts: [String]) {
    bytes.append(UInt8(ascii: "["))
    for (index, text) in texts.enumerated() {
      if index > 0 { bytes.append(0x2c) }
      append(text)
    }
    bytes.append(UInt8(ascii: "]"))
  }
}
