/// Which of a cluster's 16,384 slots a key lives in.
///
/// CRC-16/XMODEM of the key, or of what stands between its first `{` and the next `}` if that is not empty
/// (Redis Cluster Specification, "Keys distribution model" and "Hash tags").
enum ClusterSlot {
  static let count = 16_384

  static func of(_ key: UnsafeRawBufferPointer) -> UInt16 {
    var hashed = key[...]
    if let open = key.firstIndex(of: UInt8(ascii: "{")),
      let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
    {
      hashed = key[(open + 1)..<close]
    }
    return checksum(hashed) & 0x3fff
  }

  private static func checksum(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt16 {
    var sum: UInt16 = 0
    for byte in bytes { sum = sum << 8 ^ table[Int(sum >> 8 ^ UInt16(byte))] }
    return sum
  }

  private static let table: [UInt16] = (0..<256).map { index in
    var value = UInt16(index) << 8
    for _ in 0..<8 { value = value & 0x8000 != 0 ? value << 1 ^ 0x1021 : value << 1 }
    return value
  }
}
