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
      RedisScripts.open, keys: [layout.meta], [fresh, fresh]
    ).array()
    let position = try RedisReads.position(answer)
    // Emptied: by whom it was made again does not matter, a process that has just started has nothing to fill it with.
    if wasLoaded, position.identity != known.identity,
      replica.catalogue.snapshot.count > 0, try await hasNoItems()
    {
      replica.adopt(position)
      return try await restore(wasEmptied: true)
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
    try await restore(wasEmptied: false)
  }

  private func hasNoItems() async throws -> Bool {
    try await committer.redis.send(RedisCommand("HLEN", layout.items)).integer() == 0
  }

  /// Writes memory's catalogue and counts.
  private func restore(wasEmptied: Bool) async throws {
    var items: [Item] = []
    replica.catalogue.snapshot.forEach { _, item in items.append(item) }
    for start in stride(from: 0, to: items.count, by: Self.chunk) {
      let chunk = Array(items[start..<min(start + Self.chunk, items.count)])
      _ = try await committer.commit(
        [.upsert(chunk)], restoresCounts: wasEmptied, patience: .seconds(5))
    }
    report(.restored(items: items.count, wasEmptied: wasEmptied))
  }

  /// The present in microseconds and a little chance: identities and places never meet those of another store.
  private func newIdentity() -> UInt64 {
    UInt64(max(committer.clock(), 0)) * 1_000 + UInt64.random(in: 1...999)
  }
}
