extension Redis {
  /// The value of a key; nil where there is none.
  public func get(_ key: some RedisArgument) async throws -> [UInt8]? {
    try await send(RedisCommand("GET", key)).optionalBytes()
  }

  /// The values of some keys, in their order.
  public func get(all keys: [any RedisArgument]) async throws -> [[UInt8]?] {
    guard !keys.isEmpty else { return [] }
    var command = RedisCommand("MGET")
    for key in keys { command.append(key) }
    return try await send(command).array().map { try $0.optionalBytes() }
  }

  /// Sets the value of a key.
  ///
  /// - Parameters:
  ///   - lifetime: after it the key goes by itself; whole milliseconds, at least one.
  ///   - onlyIfAbsent: leaves a key alone that is there.
  /// - Returns: whether it was set.
  @discardableResult
  public func set(
    _ key: some RedisArgument, _ value: some RedisArgument, lifetime: Duration? = nil,
    onlyIfAbsent: Bool = false
  ) async throws -> Bool {
    var command = RedisCommand("SET", key, value)
    if let lifetime {
      command.append("PX")
      command.append(lifetime.wholeMilliseconds)
    }
    if onlyIfAbsent { command.append("NX") }
    return try await send(command) != .null
  }

  /// Takes a key out, whatever its kind.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  public func delete(_ key: some RedisArgument) async throws -> Bool {
    try await send(RedisCommand("DEL", key)).integer() > 0
  }

  /// Whether a key is there.
  public func exists(_ key: some RedisArgument) async throws -> Bool {
    try await send(RedisCommand("EXISTS", key)).integer() > 0
  }

  /// Lets a key go after a while.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  public func expire(_ key: some RedisArgument, after lifetime: Duration) async throws -> Bool {
    try await send(RedisCommand("PEXPIRE", key, lifetime.wholeMilliseconds)).integer() > 0
  }

  /// Adds to the number of a key.
  ///
  /// - Returns: the number after it.
  @discardableResult
  public func increment(_ key: some RedisArgument, by amount: Int = 1) async throws -> Int64 {
    try await send(RedisCommand("INCRBY", key, amount)).integer()
  }

  /// Whether the server answers.
  public func ping() async throws { try await send(RedisCommand("PING")) }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int {
    let parts = components
    return max(
      1, Int(clamping: parts.seconds * 1_000 + parts.attoseconds / 1_000_000_000_000_000))
  }
}
