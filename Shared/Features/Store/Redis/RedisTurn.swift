import RecommendationCore
import Redis

/// The turn of one process to fill the store: nobody else fills it, or restores it from memory, meanwhile.
///
/// It ends by itself some seconds after it was last prolonged, so that a process that dies holds up nobody for long.
/// One whose turn has ended notices with its next step, and has changed nothing since.
public struct RedisTurn: Sendable {
  /// How long a turn lasts, unless it is prolonged.
  private static let length = Duration.seconds(15)

  let redis: Redis
  let layout: RedisLayout
  /// What the lock holds while the turn is this one.
  private let token: UInt64

  private init(redis: Redis, layout: RedisLayout, token: UInt64) {
    self.redis = redis
    self.layout = layout
    self.token = token
  }

  /// Takes the turn; nil when another process has it.
  static func take(_ redis: Redis, _ layout: RedisLayout) async throws -> RedisTurn? {
    let turn = RedisTurn(redis: redis, layout: layout, token: .random(in: 1 ... .max))
    let isMine = try await redis.set(
      layout.turn, turn.token, lifetime: length, onlyIfAbsent: true)
    return isMine ? turn : nil
  }

  /// Gives it back. Where Redis cannot hear it, it ends by itself.
  func end() async { _ = try? await step(RedisScripts.endTurn) }

  /// Lets it last for a while from now.
  ///
  /// - Throws: ``FeatureError`` with code `unavailable` when it has ended.
  public func prolong() async throws {
    try await mustBeMine(step(RedisScripts.runInTurn))
  }

  /// Runs commands in one step, and prolongs the turn.
  ///
  /// - Throws: ``FeatureError`` with code `unavailable` when it has ended; nothing was done then.
  func run(_ commands: [[any RedisArgument]]) async throws {
    var arguments: [any RedisArgument] = []
    for command in commands {
      arguments.append(command.count)
      arguments += command
    }
    try await mustBeMine(step(RedisScripts.runInTurn, arguments))
  }

  /// Runs a script whose KEYS are meta and turn, and whose ARGV begin with the token and the turn's length.
  func step(_ script: RedisScript, _ arguments: [any RedisArgument] = []) async throws -> Int {
    let milliseconds = Int(Self.length.components.seconds) * 1_000
    return Int(
      try await redis.evaluate(
        script, keys: [layout.meta, layout.turn],
        [token, milliseconds] as [any RedisArgument] + arguments, timeout: .seconds(10)
      ).integer())
  }

  private func mustBeMine(_ answer: Int) throws {
    guard answer == 1 else {
      throw FeatureError(.unavailable, "the turn to fill the store in Redis has ended")
    }
  }
}

extension RedisStore {
  /// Whether the store takes no writes but those that fill it: see ``RedisStoreConfiguration/waitsForFilling``.
  public func isFilling() async throws -> Bool {
    try await mapping { try await reads.isFilling() }
  }

  /// Runs work that fills or restores the store, in one process at a time.
  ///
  /// - Returns: false when another process is at it: wait, and look again.
  public func takingTurns(_ work: (RedisTurn) async throws -> Void) async throws -> Bool {
    guard let turn = try await mapping({ try await RedisTurn.take(redis, reads.layout) }) else {
      return false
    }
    do {
      try await work(turn)
    } catch {
      await turn.end()
      throw error
    }
    await turn.end()
    return true
  }

  /// Adds items, also while the store takes no other writes.
  public func fill(_ items: [Item]) async throws {
    _ = try await writer.commit(.fill(items))
  }

  /// From here on the store takes all writes.
  ///
  /// - Throws: ``FeatureError`` with code `unavailable` when the turn has ended.
  public func finishFilling(_ turn: RedisTurn) async throws {
    try await mapping { try await turn.finishFilling() }
  }
}

extension RedisTurn {
  func finishFilling() async throws { try await run([["HDEL", layout.meta, "filling"]]) }
}
