import Catalogue
import KeyValueStore
import RecommendationCore
import Synchronization

/// A write that waits for the store's writer.
enum StoreRequest: Sendable {
  case record([Event])
  case upsert([Item])
  case delete([ItemID])
  /// An upsert that belongs to the filling of a store.
  case fill([Item])

  var isFilling: Bool { if case .fill = self { true } else { false } }

  /// Does it. What cannot be done fails alone; what cannot be read is thrown and fails the group.
  func run(_ transaction: inout StoreTransaction) throws -> Result<StoreOutcome, any Error> {
    switch self {
    case .record(let events): return .success(.recorded(try transaction.record(events)))
    case .delete(let ids): return .success(.deleted(try transaction.delete(ids)))
    case .upsert(let items), .fill(let items):
      do {
        return .success(.upserted(try transaction.upsert(items)))
      } catch {
        return .failure(error)
      }
    }
  }
}

/// What became of a ``StoreRequest``.
enum StoreOutcome: Sendable {
  case recorded(RecordOutcome)
  case upserted(UInt64)
  case deleted(DeleteOutcome)
}

/// The part of the embedded store that its threads hold.
final class StoreCore: Sendable {
  private struct WriterState {
    var positions: StoreTransaction.Positions
    var lastChanges: [UInt64: UInt64]
  }

  let database: Database
  let reader: StoreReader
  let cache: UserCache
  let catalogue = LiveCatalogue()
  let signals = ChangeSignals()
  private let published: Mutex<ItemCounters>
  /// The writer's thread holds it through a whole write; readers use ``progress``.
  private let state: Mutex<WriterState>
  private let progress: Mutex<StoreTransaction.Positions>
  let firstSequence: UInt64
  private let retention: Int64
  private let eventLogLimit: Int
  private let clock: @Sendable () -> Int64

  init(
    path: String, configuration: EmbeddedStoreConfiguration,
    clock: @escaping @Sendable () -> Int64
  ) throws {
    self.clock = clock
    retention = configuration.eventIDRetention.components.seconds * 1_000
    eventLogLimit = max(1, configuration.eventLogLimit)
    database = try Database(
      path: path, families: StoreLayout.families, configuration: configuration.database)
    reader = StoreReader(database: database)
    cache = UserCache(limit: configuration.cachedUsers)
    published = Mutex(try reader.counters())
    firstSequence = try Self.firstSequence(reader, clock)
    let positions = try Self.positions(reader, firstSequence)
    progress = Mutex(positions)
    state = Mutex(WriterState(positions: positions, lastChanges: try reader.sequences()))
    try catalogue.replace(with: try reader.items(), sequence: positions.change)
  }

  var counters: ItemCounters { published.withLock { $0 } }
  var eventCount: UInt64 { progress.withLock { $0.event } }
  /// Events that the log still has.
  var loggedEventCount: UInt64 { progress.withLock { $0.event + 1 - $0.oldestEvent } }

  /// The change stream of a new store starts at its birth in microseconds: so a watcher of one store
  /// that finds another in its place is noticed.
  private static func firstSequence(_ reader: StoreReader, _ clock: @Sendable () -> Int64) throws
    -> UInt64
  {
    if let known = try reader.meta(StoreLayout.firstSequenceKey) { return known }
    let first = UInt64(max(clock(), 0)) * 1_000 + 1
    var batch = WriteBatch()
    batch.put(StoreLayout.firstSequenceKey, StoreLayout.key(first), in: StoreLayout.meta)
    try reader.database.write(batch, durability: .synced)
    return first
  }

  private static func positions(
    _ reader: StoreReader, _ firstSequence: UInt64
  ) throws -> StoreTransaction.Positions {
    let last = try reader.lastNumber(in: StoreLayout.events) ?? 0
    return StoreTransaction.Positions(
      event: last, oldestEvent: try reader.firstNumber(in: StoreLayout.events) ?? last + 1,
      change: try reader.lastNumber(in: StoreLayout.changes) ?? firstSequence,
      forgotten: try reader.meta(StoreLayout.forgottenKey) ?? 0)
  }

  /// Opens the files again and takes everything from what is on the disk: a write that failed may be there all the
  /// same, in whole.
  ///
  /// - Throws: when the files cannot be opened or written; then it may be tried again.
  func recover() throws {
    try state.withLock { state in
      try database.reopen()
      let positions = try Self.positions(reader, firstSequence)
      // Says whether the disk takes writes.
      var batch = WriteBatch()
      batch.put(
        StoreLayout.firstSequenceKey, StoreLayout.key(firstSequence), in: StoreLayout.meta)
      try database.write(batch, durability: .synced)
      let counters = try reader.counters()
      state = WriterState(positions: positions, lastChanges: try reader.sequences())
      published.withLock { $0 = counters }
      progress.withLock { $0 = positions }
      cache.removeAll()
      try catalogue.replace(with: try reader.items(), sequence: positions.change)
    }
    signals.send()
  }

  func changes(after sequence: UInt64, limit: Int) throws -> CatalogueChanges {
    let last = progress.withLock { $0.change }
    guard sequence == 0 || (sequence >= firstSequence && sequence <= last) else {
      throw FeatureError(
        .unknownSequence, "place \(sequence) is not in this store's changes; start from 0")
    }
    return try reader.changes(after: sequence, first: firstSequence, limit: max(limit, 1))
  }

  func write(_ requests: [StoreRequest]) throws -> [Result<StoreOutcome, any Error>] {
    try state.withLock { state in
      let now = clock()
      var transaction = StoreTransaction(
        reader: reader, cache: cache, counters: counters, catalogue: catalogue.snapshot,
        lastChanges: state.lastChanges, positions: state.positions, nowMilliseconds: now)
      let outcomes = try requests.map { try $0.run(&transaction) }
      try transaction.finish(
        forgetBeforeMilliseconds: now - retention, eventLogLimit: eventLogLimit)
      if !transaction.batch.isEmpty {
        try database.write(transaction.batch, durability: .synced)
      }
      state.positions = transaction.positions
      state.lastChanges.merge(transaction.newChanges) { _, new in new }
      publish(transaction)
      return outcomes
    }
  }

  private func publish(_ transaction: StoreTransaction) {
    progress.withLock { $0 = transaction.positions }
    cache.publish(transaction.writtenUsers)
    if !transaction.items.isEmpty {
      var next = counters
      next.apply(transaction.items)
      published.withLock { $0 = next }
    }
    guard transaction.changesCatalogue else { return }
    catalogue.publish(transaction.catalogue)
    signals.send()
  }
}
