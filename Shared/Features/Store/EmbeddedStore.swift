import Catalogue
import Foundation
import KeyValueStore
import RecommendationCore

/// The online store in a folder of this machine, on RocksDB.
///
/// One thread writes: it takes all requests that wait, computes the new states, writes them in one synced
/// batch, shows them to readers, and only then answers the callers. So an answered write survives a kill at
/// any moment, and states never have to be computed again at a start.
///
/// The event log keeps the latest events, up to ``EmbeddedStoreConfiguration/eventLogLimit``. Event ids are remembered
/// for a bounded time (``EmbeddedStoreConfiguration/eventIDRetention``), users' histories up to ``ActHistory/limit``
/// items.
public final class EmbeddedStore: OnlineStore {
  /// The live catalogue.
  public let catalogue: LiveCatalogue
  private let core: StoreCore
  private let writer: GroupCommitter<StoreRequest, StoreOutcome>
  private let files: WorkerThread
  private let broken = BrokenFlag()

  /// Opens the store, and makes it when there is none.
  ///
  /// - Parameters:
  ///   - path: its folder.
  ///   - clock: the present, Unix time in milliseconds.
  /// - Throws: ``StoreError`` when the folder cannot be opened, ``FeatureError`` when its content is
  ///   malformed.
  public init(
    path: String, configuration: EmbeddedStoreConfiguration = .init(),
    clock: @escaping @Sendable () -> Int64 = EmbeddedStore.systemClock
  ) throws {
    let core = try StoreCore(path: path, configuration: configuration, clock: clock)
    self.core = core
    catalogue = core.catalogue
    let broken = broken
    writer = GroupCommitter(name: "store-writer", groupLimit: 256) { requests in
      do {
        return try core.write(requests)
      } catch let error as StoreError where error.code == .writeFailed {
        broken.set(true)
        throw error
      }
    }
    files = WorkerThread(name: "store-reader")
  }

  /// The system's clock in milliseconds since 1970.
  public static let systemClock: @Sendable () -> Int64 = {
    Int64(Date().timeIntervalSince1970 * 1_000)
  }

  /// Its birth in microseconds: where its change stream starts.
  public var identity: UInt64 { core.firstSequence }

  /// Whether the store holds no item and no event.
  public var isEmpty: Bool { catalogue.snapshot.count == 0 && core.eventCount == 0 }

  /// Number of events recorded.
  public var eventCount: UInt64 { core.eventCount }

  /// Number of events that the log still has.
  public var loggedEventCount: UInt64 { core.loggedEventCount }

  /// Reads of users that memory could answer, and those that it could not, so far.
  public var cacheCounts: (hits: Int, misses: Int) { core.cache.counts }

  /// Whether a write has failed, after which RocksDB takes no more: until ``recover()``, reads are answered and
  /// writes fail.
  public var isBroken: Bool { broken.isSet }

  /// Goes back to work after an error of the disk, once that takes writes again. Blocks.
  ///
  /// - Throws: while the disk does not; what could be read before still can be.
  public func recover() throws {
    // Before anything is closed: a store that cannot be written can still be read.
    try DiskProbe.check(core.database.path)
    try core.recover()
    broken.set(false)
  }

  /// Requests that wait for the writer.
  public var waitingWrites: Int { writer.waiting }

  /// Records events; see ``OnlineStore/record(_:)``.
  public func record(_ events: [Event]) async throws -> RecordOutcome {
    guard case .recorded(let outcome) = try await writer.commit(.record(events)) else {
      throw FeatureError(.malformed, "an outcome of another kind")
    }
    return outcome
  }

  /// A user's state, if memory has it. Never blocks.
  public func cachedUser(_ id: UserID) -> UserState? {
    guard case .hit(let user) = core.cache.lookup(id) else { return nil }
    return user
  }

  /// A user's state, from memory or from disk.
  public func user(_ id: UserID) async throws -> UserState {
    switch core.cache.lookup(id) {
    case .hit(let user): return user
    case .miss(let token):
      let core = core
      return try await files.run {
        let user = try core.reader.user(id)
        core.cache.insert(user, id, token: token)
        return user
      }
    }
  }

  /// The counts of all items.
  public func counters() -> ItemCounters { core.counters }

  /// Adds or replaces items; see ``OnlineStore/upsert(_:)``.
  public func upsert(_ items: [Item]) async throws -> UInt64 {
    guard case .upserted(let sequence) = try await writer.commit(.upsert(items)) else {
      throw FeatureError(.malformed, "an outcome of another kind")
    }
    return sequence
  }

  /// Takes items out; see ``OnlineStore/delete(_:)``.
  public func delete(_ ids: [ItemID]) async throws -> DeleteOutcome {
    guard case .deleted(let outcome) = try await writer.commit(.delete(ids)) else {
      throw FeatureError(.malformed, "an outcome of another kind")
    }
    return outcome
  }

  /// Changes of the catalogue; see ``OnlineStore/changes(after:limit:)``.
  ///
  /// - Throws: ``FeatureError`` with code `unknownSequence` for a place that this store never gave out:
  ///   the watcher followed another store and must start again from 0.
  public func changes(after sequence: UInt64, limit: Int) async throws -> CatalogueChanges {
    let core = core
    return try await files.run { try core.changes(after: sequence, limit: limit) }
  }

  /// Signals after changes; see ``OnlineStore/changeSignals()``.
  public func changeSignals() -> AsyncStream<Void> { core.signals.watch() }

  /// Ends all streams of signals; see ``OnlineStore/endChangeSignals()``.
  public func endChangeSignals() { core.signals.end() }

  /// Events that the log still has from a place on (the first ever is 1), in the order of arrival, until the body
  /// answers false. Blocks.
  public func forEachEvent(
    from sequence: UInt64 = 1, _ body: (_ sequence: UInt64, _ event: Event) throws -> Bool
  ) throws {
    try core.reader.forEachEvent(from: sequence) { number, event, _ in try body(number, event) }
  }

  /// Copies the store as it stands into a folder that must not exist yet. Blocks.
  public func checkpoint(to path: String) throws { try core.database.checkpoint(to: path) }

  /// Ends the threads and closes the files; writes that wait are finished first. Blocks.
  public func close() {
    core.signals.end()
    writer.close()
    files.close()
    core.database.close()
  }
}
