import Catalogue
import RecommendationCore
import Redis

/// Finds the store in Redis again: at the start, after Redis was emptied, after it came back with an earlier state.
struct RedisRecovery: Sendable {
  private static let chunk = 500

  let committer: RedisCommitter
  let report: @Sendable (RedisStoreEvent) -> Void

  private var replica: RedisReplica { committer.replica }
  private var layout: RedisLayout { committer.reads.layout }

  /// Reads the store whole, makes it where there is none, and writes what memory still has where Redis lost it.
  func run() async throws {
    let known = replica.position
    let wasLoaded = replica.isLoaded
    let fresh = newIdentity()
    let answer = try await committer.redis.evaluate(
      RedisScripts.open, keys: [layout.meta],
      [fresh, fresh, committer.configuration.waitsForFilling ? 1 : 0]
    ).array()
    let position = try RedisReads.position(answer)
    // Emptied: by whom it was made again does not matter, a process that has just started has nothing to fill it with.
    if wasLoaded, position.identity != known.identity, replica.catalogue.snapshot.count > 0,
      try await isHollow(answer)
    {
      return try await refill(position)
    }
    try await replica.load(at: position)
    let items = replica.catalogue.snapshot.count
    report(.loaded(identity: position.identity, items: items, events: position.event))
    guard wasLoaded, position.identity == known.identity, position.write < known.write else {
      return
    }
    // Set back: versions and places that were given out will be given out again for other things. Another identity
    // says so to all who remember them.
    let isMine = try await committer.redis.evaluate(
      RedisScripts.rename, keys: [layout.meta, layout.changes],
      [position.identity, fresh, fresh]
    ).integer()
    guard isMine == 1 else { return try await run() }
    var moved = position
    (moved.identity, moved.change) = (fresh, fresh)
    replica.adopt(moved)
    try await restore(wasEmptied: false, nil)
  }

  /// Whether the store has nothing, or not yet all that it should have.
  private func isHollow(_ opened: [RedisValue]) async throws -> Bool {
    if opened.count > 5, opened[5] != .null { return true }
    return try await committer.redis.send(RedisCommand("HLEN", layout.items)).integer() == 0
  }

  /// Restores an emptied store, if nobody else fills it: else it is looked at again later. Until that is done the
  /// store takes no other writes, whoever has to do it in the end.
  private func refill(_ position: RedisPosition) async throws {
    guard let turn = try await RedisTurn.take(committer.redis, layout) else {
      throw FeatureError(.unavailable, "another process fills the store in Redis")
    }
    let known = replica.position
    do {
      try await turn.run([["HSET", layout.meta, "filling", 1]])
      replica.adopt(position)
      try await restore(wasEmptied: true, turn)
      try await turn.finishFilling()
    } catch {
      // Half of it in Redis is no reason to forget the rest.
      replica.adopt(known)
      await turn.end()
      throw error
    }
    await turn.end()
  }

  /// Writes memory's catalogue and counts.
  private func restore(wasEmptied: Bool, _ turn: RedisTurn?) async throws {
    var items: [Item] = []
    replica.catalogue.snapshot.forEach { _, item in items.append(item) }
    for start in stride(from: 0, to: items.count, by: Self.chunk) {
      let chunk = Array(items[start..<min(start + Self.chunk, items.count)])
      _ = try await committer.commit(
        [.fill(chunk)], restoresCounts: wasEmptied, patience: .seconds(5))
      try await turn?.prolong()
    }
    report(.restored(items: items.count, wasEmptied: wasEmptied))
  }

  /// The present in microseconds and a little chance: identities and places never meet those of another store.
  private func newIdentity() -> UInt64 {
    UInt64(max(committer.clock(), 0)) * 1_000 + UInt64.random(in: 1...999)
  }
}
