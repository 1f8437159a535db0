/// Ids for requests that come without one.
enum RequestID {
  /// 32 hexadecimal digits, at random.
  static func make() -> String {
    let digits = Array("0123456789abcdef".utf8)
    var generator = SystemRandomNumberGenerator()
    return String(unsafeUninitializedCapacity: 32) { buffer in
      for half in 0..<2 {
        var bits = generator.next()
        for index in 0..<16 {
          buffer[half * 16 + index] = digits[Int(bits & 15)]
          bits >>= 4
        }
      }
      return 32
    }
  }
}
