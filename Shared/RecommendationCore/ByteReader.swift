/// Reads what a ``ByteWriter`` wrote. Every read is checked against the end: bytes that were cut or
/// changed give nil, never a crash.
///
/// It borrows the bytes: use it inside `withUnsafeBytes` only.
public struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  /// A reader at the start of some bytes, which must outlive it.
  public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// How many bytes are left.
  public var remaining: Int { bytes.count - offset }

  /// The next integer, or nil at the end.
  public mutating func read<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type = Value.self
  ) -> Value? {
    let size = MemoryLayout<Value>.size
    guard remaining >= size else { return nil }
    defer { offset += size }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
  }

  /// The next number, or nil at the end.
  public mutating func readDouble() -> Double? { read(UInt64.self).map(Double.init(bitPattern:)) }

  /// The next number, or nil at the end.
  public mutating func readFloat() -> Float? { read(UInt32.self).map(Float.init(bitPattern:)) }

  /// The next bytes, or nil when fewer are left.
  public mutating func readBytes(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, remaining >= count else { return nil }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  /// The next string, or nil at the end. Bytes that are not UTF-8 become the replacement character.
  public mutating func readString() -> String? {
    guard let count = read(UInt32.self), let utf8 = readBytes(Int(count)) else { return nil }
    return String(decoding: utf8, as: UTF8.self)
  }
}
