import Catalogue
import RecommendationCore

/// The state that serving needs, kept up to date event by event and item by item.
///
/// Whatever the backend: a write is durable when its call returns, and the next read sees it. All backends
/// pass one conformance suite (`OnlineStoreConformance` in the tests).
public protocol OnlineStore: Sendable {
  /// The live catalogue. It shows a change once the change is durable.
  var catalogue: LiveCatalogue { get }

  /// Records events, in order: all of them in one durable write.
  func record(_ events: [Event]) async throws -> RecordOutcome

  /// What is known of a user; the empty state where nothing is known.
  func user(_ id: UserID) async throws -> UserState

  /// What is counted of items, in their order.
  func counters() async throws -> ItemCounters

  /// Adds or replaces items. Returns the place of the last change in the change stream.
  func upsert(_ items: [Item]) async throws -> UInt64

  /// Takes items out.
  func delete(_ ids: [ItemID]) async throws -> DeleteOutcome

  /// The catalogue's changes after a place in the stream, oldest first.
  func changes(after sequence: UInt64, limit: Int) async throws -> CatalogueChanges

  /// A signal after changes to the catalogue. Signals that nobody has taken yet merge into one.
  func changeSignals() -> AsyncStream<Void>

  /// Ends all streams of signals, and those that are asked for later at once.
  func endChangeSignals()

  /// Names this store's content apart from any other's: what was learnt of state versions and places in the change
  /// stream holds only while it stays the same. It changes when a store was emptied or set back.
  var identity: UInt64 { get }

  /// Whether the store holds no item and no event, as far as it is known.
  var isEmpty: Bool { get }

  /// Number of events recorded.
  var eventCount: UInt64 { get }

  /// Reads of users that memory could answer, and those that it could not, so far.
  var cacheCounts: (hits: Int, misses: Int) { get }

  /// Requests that wait for the writer.
  var waitingWrites: Int { get }

  /// Ends the store's threads. Writes that wait are finished first.
  func close() async
}

/// What became of recorded events.
public struct RecordOutcome: Sendable {
  /// What became of one event.
  public enum Status: Sendable, Hashable {
    case accepted
    /// An event with this id was recorded before.
    case duplicate
    /// The store cannot be reached: the event is safe on this machine's disk, and goes into the user's state when
    /// the store is back. Whether its id is known shows then.
    case queued
  }
  /// One an event, in order.
  public var statuses: [Status]
  /// The users named in the events and the version of each one's state after them.
  public var versions: [UserID: UInt64]

  /// An outcome.
  public init(statuses: [Status], versions: [UserID: UInt64]) {
    self.statuses = statuses
    self.versions = versions
  }
}

/// What became of a deletion.
public struct DeleteOutcome: Sendable {
  /// Place of the last change in the change stream.
  public var sequence: UInt64
  /// Items that were not there.
  public var missing: [ItemID]

  /// An outcome.
  public init(sequence: UInt64, missing: [ItemID]) {
    self.sequence = sequence
    self.missing = missing
  }
}

/// A piece of the change stream. No item is in it twice: only an item's last change is kept.
public struct CatalogueChanges: Sendable {
  /// Items added or replaced.
  public var upserts: [Item] = []
  /// Items taken out.
  public var deletes: [ItemID] = []
  /// All changes up to this place are covered; go on from here.
  public var sequence: UInt64
  /// Whether there was more when it was read.
  public var hasMore = false
}
