import Catalogue
import RecommendationCore
import Redis
import Synchronization

/// What this process holds of the store in Redis: the catalogue, the counts of items, and how far it has followed.
///
/// Readers take what is published. Only the store's writer changes it, one step after the other.
final class RedisReplica: Sendable {
  private struct State {
    var position = RedisPosition()
    var counters = ItemCounters()
    var isLoaded = false
    var cache: UserCache
  }

  let catalogue = LiveCatalogue()
  let signals = ChangeSignals()
  private let reads: RedisReads
  private let state: Mutex<State>
  private let cachedUsers: Int

  init(reads: RedisReads, cachedUsers: Int) {
    self.reads = reads
    self.cachedUsers = cachedUsers
    state = Mutex(State(cache: UserCache(limit: cachedUsers)))
  }

  var position: RedisPosition { state.withLock { $0.position } }
  var isLoaded: Bool { state.withLock { $0.isLoaded } }
  var counters: ItemCounters { state.withLock { $0.counters } }
  var cache: UserCache { state.withLock { $0.cache } }

  /// Takes in a write of this process's own.
  func publish(
    _ position: RedisPosition, items: [ItemID: ItemState], users: [UserID: UserState],
    catalogue changed: CatalogueSnapshot?
  ) {
    cache.publish(users)
    apply(items, position)
    if let changed {
      catalogue.publish(changed)
      signals.send()
    }
  }

  /// Reads everything. A write that comes meanwhile may be seen in part; following from the position that was
  /// taken first, before a write of our own can succeed, makes it whole.
  func load(at position: RedisPosition) async throws {
    let states = try await reads.counters()
    var items: [ItemID: Item] = [:]
    var place: UInt64 = 0
    var hasMore = true
    while hasMore {
      let page = try await reads.changes(after: place, limit: 1_000)
      for item in page.upserts { items[item.id] = item }
      for id in page.deletes { items[id] = nil }
      (place, hasMore) = (page.sequence, page.hasMore)
    }
    try catalogue.replace(with: Array(items.values), sequence: place)
    var counters = ItemCounters()
    counters.apply(states)
    let published = counters
    state.withLock { state in
      state.counters = published
      state.position = position
      state.isLoaded = true
      state.cache = UserCache(limit: cachedUsers)
    }
    signals.send()
  }

  /// The store is another one from here on: what was known of its users is void.
  func adopt(_ position: RedisPosition) {
    state.withLock { state in
      state.position = position
      state.cache = UserCache(limit: cachedUsers)
    }
  }

  /// Takes in writes of other processes, in their order.
  func follow(_ writes: [RedisWriteNote]) async throws {
    guard let last = writes.last else { return }
    var items: [ItemID: ItemState] = [:]
    for write in writes { items.merge(try write.counters()) { _, new in new } }
    if writes.contains(where: \.changesCatalogue) {
      var hasMore = true
      while hasMore {
        let page: CatalogueChanges
        do {
          page = try await reads.changes(after: catalogue.snapshot.sequence, limit: 1_000)
        } catch let error as FeatureError where error.code == .unknownSequence {
          throw StoreMoved()
        }
        try catalogue.apply(
          upserts: page.upserts, deletes: page.deletes, sequence: page.sequence)
        hasMore = page.hasMore
      }
      signals.send()
    }
    var position = position
    position.write = last.number
    position.event = last.event
    position.change = last.change
    apply(items, position)
  }

  private func apply(_ items: [ItemID: ItemState], _ position: RedisPosition) {
    // Copied and changed aside: readers are never held up. There is one writer.
    var next = counters
    if !items.isEmpty { next.apply(items) }
    let published = next
    state.withLock { state in
      state.counters = published
      state.position = position
    }
  }
}
