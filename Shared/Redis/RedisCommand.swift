/// What may stand in a command: text, bytes and numbers.
public protocol RedisArgument {
  /// Hands the argument's bytes to a body.
  func withRedisBytes(_ body: (UnsafeRawBufferPointer) -> Void)
}

/// A command as it goes over the wire.
public struct RedisCommand: Sendable {
  /// All arguments in RESP, without the line that counts them.
  private(set) var body: [UInt8] = []
  private(set) var count = 0

  /// A command by its name and arguments; a name of two words is two arguments.
  public init(_ name: String, _ arguments: any RedisArgument...) {
    append(name)
    for argument in arguments { append(argument) }
  }

  /// Adds an argument at the end.
  public mutating func append(_ argument: some RedisArgument) {
    argument.withRedisBytes { bytes in
      body.reserveCapacity(body.count + bytes.count + 16)
      body.append(UInt8(ascii: "$"))
      body.append(contentsOf: String(bytes.count).utf8)
      body.append(contentsOf: Self.lineEnd)
      body.append(contentsOf: bytes)
      body.append(contentsOf: Self.lineEnd)
    }
    count += 1
  }

  /// The whole command in RESP.
  var wire: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.count + 12)
    bytes.append(UInt8(ascii: "*"))
    bytes.append(contentsOf: String(count).utf8)
    bytes.append(contentsOf: Self.lineEnd)
    bytes.append(contentsOf: body)
    return bytes
  }

  private static let lineEnd = [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
}

extension String: RedisArgument {
  /// The text in UTF-8.
  public func withRedisBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    var text = self
    text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
  }
}

extension Array: RedisArgument where Element == UInt8 {
  /// The bytes.
  public func withRedisBytes(_ body: (UnsafeRawBufferPointer) -> Void) { withUnsafeBytes(body) }
}

extension ArraySlice: RedisArgument where Element == UInt8 {
  /// The bytes.
  public func withRedisBytes(_ body: (UnsafeRawBufferPointer) -> Void) { withUnsafeBytes(body) }
}

extension Int: RedisArgument {
  /// In decimal.
  public func withRedisBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    String(self).withRedisBytes(body)
  }
}

extension Int64: RedisArgument {
  /// In decimal.
  public func withRedisBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    String(self).withRedisBytes(body)
  }
}

extension UInt64: RedisArgument {
  /// In decimal.
  public func withRedisBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    String(self).withRedisBytes(body)
  }
}

extension Double: RedisArgument {
  /// The shortest text that reads back as the same number.
  public func withRedisBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    "\(self)".withRedisBytes(body)
  }
}
