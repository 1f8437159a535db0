extension Redis {
  /// Adds members to a set.
  ///
  /// - Returns: how many were new.
  @discardableResult
  public func setAdd(_ key: some RedisArgument, _ members: [any RedisArgument]) async throws
    -> Int64
  {
    guard !members.isEmpty else { return 0 }
    var command = RedisCommand("SADD", key)
    for member in members { command.append(member) }
    return try await send(command).integer()
  }

  /// Takes a member out of a set.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  public func setRemove(_ key: some RedisArgument, _ member: some RedisArgument) async throws
    -> Bool
  {
    try await send(RedisCommand("SREM", key, member)).integer() > 0
  }

  /// Whether a set has a member.
  public func setContains(_ key: some RedisArgument, _ member: some RedisArgument) async throws
    -> Bool
  {
    try await send(RedisCommand("SISMEMBER", key, member)).integer() > 0
  }

  /// All members of a set, in no order. O(its size).
  public func setMembers(_ key: some RedisArgument) async throws -> [[UInt8]] {
    try await send(RedisCommand("SMEMBERS", key)).array().compactMap { try $0.optionalBytes() }
  }

  /// Adds members to a sorted set, or gives them other scores.
  public func sortedSetAdd(
    _ key: some RedisArgument, _ members: [(score: Double, member: any RedisArgument)]
  ) async throws {
    guard !members.isEmpty else { return }
    var command = RedisCommand("ZADD", key)
    for (score, member) in members {
      command.append(score)
      command.append(member)
    }
    try await send(command)
  }

  /// Takes a member out of a sorted set.
  ///
  /// - Returns: whether it was there.
  @discardableResult
  public func sortedSetRemove(_ key: some RedisArgument, _ member: some RedisArgument) async throws
    -> Bool
  {
    try await send(RedisCommand("ZREM", key, member)).integer() > 0
  }

  /// Members of a sorted set by place, from 0; -1 is the last.
  ///
  /// - Parameter descending: the highest score first.
  public func sortedSetRange(
    _ key: some RedisArgument, _ places: ClosedRange<Int>, descending: Bool = false
  ) async throws -> [(member: [UInt8], score: Double)] {
    let list = try await send(
      RedisCommand(
        descending ? "ZREVRANGE" : "ZRANGE", key, places.lowerBound, places.upperBound,
        "WITHSCORES")
    ).array()
    var members: [(member: [UInt8], score: Double)] = []
    for index in stride(from: 0, to: list.count - 1, by: 2) {
      guard let member = try list[index].optionalBytes(),
        let text = try list[index + 1].optionalBytes(),
        let score = Double(String(decoding: text, as: UTF8.self))
      else { throw RedisError(.unexpectedReply, "a member without a score") }
      members.append((member, score))
    }
    return members
  }
}
