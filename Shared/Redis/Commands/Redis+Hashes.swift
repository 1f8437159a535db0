extension Redis {
  /// A field of a hash; nil where there is none.
  public func hashGet(_ key: some RedisArgument, _ field: some RedisArgument) async throws
    -> [UInt8]?
  {
    try await send(RedisCommand("HGET", key, field)).optionalBytes()
  }

  /// Some fields of a hash, in their order.
  public func hashGet(_ key: some RedisArgument, all fields: [any RedisArgument]) async throws
    -> [[UInt8]?]
  {
    guard !fields.isEmpty else { return [] }
    var command = RedisCommand("HMGET", key)
    for field in fields { command.append(field) }
    return try await send(command).array().map { try $0.optionalBytes() }
  }

  /// A whole hash. O(its size): use ``hashScan(_:pageSize:_:)`` for large ones.
  public func hashGetAll(_ key: some RedisArgument) async throws -> [[UInt8]: [UInt8]] {
    try Self.pairs(try await send(RedisCommand("HGETALL", key)))
  }

  /// Sets fields of a hash.
  public func hashSet(
    _ key: some RedisArgument, _ fields: [(any RedisArgument, any RedisArgument)]
  ) async throws {
    guard !fields.isEmpty else { return }
    var command = RedisCommand("HSET", key)
    for (field, value) in fields {
      command.append(field)
      command.append(value)
    }
    try await send(command)
  }

  /// Takes a field out of a hash.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  public func hashDelete(_ key: some RedisArgument, _ field: some RedisArgument) async throws
    -> Bool
  {
    try await send(RedisCommand("HDEL", key, field)).integer() > 0
  }

  /// Adds to the number of a field.
  ///
  /// - Returns: the number after it.
  @discardableResult
  public func hashIncrement(
    _ key: some RedisArgument, _ field: some RedisArgument, by amount: Int = 1
  ) async throws -> Int64 {
    try await send(RedisCommand("HINCRBY", key, field, amount)).integer()
  }

  /// Goes through a hash page by page, which never holds up the server. A field that is changed meanwhile may be
  /// met in either state, and more than once.
  public func hashScan(
    _ key: some RedisArgument, pageSize: Int = 1_000,
    _ body: (_ field: [UInt8], _ value: [UInt8]) throws -> Void
  ) async throws {
    var cursor: [UInt8] = Array("0".utf8)
    repeat {
      let page = try await send(RedisCommand("HSCAN", key, cursor, "COUNT", pageSize)).array()
      guard page.count == 2, let next = try page[0].optionalBytes() else {
        throw RedisError(.unexpectedReply, "a page that is not a cursor and fields")
      }
      let fields = try page[1].array()
      for index in stride(from: 0, to: fields.count - 1, by: 2) {
        if let field = try fields[index].optionalBytes(),
          let value = try fields[index + 1].optionalBytes()
        {
          try body(field, value)
        }
      }
      cursor = next
    } while cursor != Array("0".utf8)
  }

  /// Fields and values that an answer lists in turns.
  public static func pairs(_ value: RedisValue) throws -> [[UInt8]: [UInt8]] {
    let list = try value.array()
    var pairs: [[UInt8]: [UInt8]] = [:]
    for index in stride(from: 0, to: list.count - 1, by: 2) {
      if let field = try list[index].optionalBytes() {
        pairs[field] = try list[index + 1].optionalBytes()
      }
    }
    return pairs
  }
}
