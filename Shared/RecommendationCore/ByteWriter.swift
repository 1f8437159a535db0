/// Writes values as little-endian bytes, one after another: the form in which stores and files hold them.
public struct ByteWriter: Sendable {
  /// What was written.
  public private(set) var bytes: [UInt8]

  /// A writer with room for some bytes.
  public init(capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Forgets what was written and keeps the room.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Appends an integer.
  public mutating func write<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Appends the bit pattern of a number, so that reading gives back the very same bits.
  public mutating func write(_ value: Double) { write(value.bitPattern) }

  /// Appends the bit pattern of a number.
  public mutating func write(_ value: Float) { write(value.bitPattern) }

  /// Appends bytes as they are.
  public mutating func write(bytes more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Appends a string: its length in bytes (32 bits), then its UTF-8.
  public mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      write(UInt32(truncatingIfNeeded: utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }
}
