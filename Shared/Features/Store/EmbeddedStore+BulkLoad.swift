import Catalogue
import Foundation
import KeyValueStore
import RecommendationCore

extension EmbeddedStore {
  /// Makes a store of a whole catalogue and a whole log at once: the same content as recording the events
  /// one by one, far faster. Nothing is on disk until it returns; then everything is.
  ///
  /// - Parameters:
  ///   - path: a folder without a store, or with an empty one.
  ///   - items: the catalogue.
  ///   - events: in the order of time. Of events with one id the first counts.
  ///   - clock: the present, Unix time in milliseconds.
  /// - Returns: how many events were taken in.
  /// - Throws: ``CatalogueError`` when two items have one key, ``FeatureError`` when the store is not empty
  ///   or events are not in order, ``StoreError`` when files cannot be written.
  @discardableResult
  public static func bulkLoad(
    into path: String, items: [Item], events: some Sequence<Event>,
    configuration: EmbeddedStoreConfiguration = .init(),
    clock: @Sendable () -> Int64 = EmbeddedStore.systemClock
  ) throws -> Int {
    var files = configuration.database
    // Everything is written once and in order: merging files can wait for the service.
    files.mergesFiles = false
    files.writeBufferBytes = max(files.writeBufferBytes, 128 << 20)
    let database = try Database(path: path, families: StoreLayout.families, configuration: files)
    let reader = StoreReader(database: database)
    guard try reader.lastNumber(in: StoreLayout.changes) == nil,
      try reader.lastNumber(in: StoreLayout.events) == nil
    else { throw FeatureError(.notEmpty, "\(path) already holds items or events") }
    var loader = BulkLoader(database: database)
    let catalogue = LiveCatalogue()
    try catalogue.replace(with: items, sequence: 0)
    try loader.write(catalogue.snapshot, now: clock())
    let engine = try loader.write(events, catalogue: catalogue.snapshot, now: clock())
    try loader.write(engine)
    try database.flush()
    database.close()
    return loader.eventCount
  }

  /// The same for many millions of events without ids, on all cores: states are written as sorted files that the
  /// store takes over.
  ///
  /// - Parameters:
  ///   - path: a folder without a store, or with an empty one; files are written beside it.
  ///   - columns: the log. Its latest events go to the event log, up to
  ///     ``EmbeddedStoreConfiguration/eventLogLimit``; all of them to the states.
  ///   - progress: told from any thread how many rows of work are done, and of how many.
  /// - Throws: as the other, and ``FeatureError`` when columns do not fit together.
  public static func bulkLoad(
    into path: String, items: [Item], columns: EventColumns,
    configuration: EmbeddedStoreConfiguration = .init(),
    clock: @Sendable () -> Int64 = EmbeddedStore.systemClock,
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws {
    var files = configuration.database
    files.mergesFiles = false
    let database = try Database(path: path, families: StoreLayout.families, configuration: files)
    let reader = StoreReader(database: database)
    guard try reader.lastNumber(in: StoreLayout.changes) == nil,
      try reader.lastNumber(in: StoreLayout.events) == nil
    else { throw FeatureError(.notEmpty, "\(path) already holds items or events") }
    let aside = path + ".files"
    if FileManager.default.fileExists(atPath: aside) {
      try FileManager.default.removeItem(atPath: aside)
    }
    try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: aside) }
    var loader = BulkLoader(database: database)
    let catalogue = LiveCatalogue()
    try catalogue.replace(with: items, sequence: 0)
    let now = clock()
    try loader.write(catalogue.snapshot, now: now)
    try ColumnLoader(
      database: database, catalogue: catalogue.snapshot, columns: columns, folder: aside,
      eventLogLimit: max(1, configuration.eventLogLimit), now: now, progress: progress
    ).run()
    try database.flush()
    database.close()
  }
}

/// Writes unlogged batches of some size.
private struct BulkLoader {
  let database: Database
  private var batch = WriteBatch()
  private(set) var eventCount = 0

  init(database: Database) { self.database = database }

  mutating func write(_ catalogue: CatalogueSnapshot, now: Int64) throws {
    let first = UInt64(max(now, 0)) * 1_000 + 1
    batch.put(StoreLayout.firstSequenceKey, StoreLayout.key(first), in: StoreLayout.meta)
    var sequence = first
    try catalogue.forEach { _, item in
      sequence += 1
      let key = StoreLayout.key(item.id.rawValue)
      batch.put(key, ItemCodec.encode(item), in: StoreLayout.items)
      batch.put(
        StoreLayout.key(sequence), [StoreLayout.upserted] + key, in: StoreLayout.changes)
      try flushIfLarge()
    }
    try flush()
  }

  /// - Returns: the state after the events.
  mutating func write(
    _ events: some Sequence<Event>, catalogue: CatalogueSnapshot, now: Int64
  ) throws -> FeatureEngine {
    var engine = FeatureEngine(catalogue: catalogue)
    var ids = Set<String>()
    var last = Int64.min
    for event in events {
      guard event.timeMilliseconds >= last else {
        throw FeatureError(.notInOrder, "event at \(event.timeMilliseconds) after \(last)")
      }
      last = event.timeMilliseconds
      if !event.eventID.isEmpty {
        guard ids.insert(event.eventID).inserted else { continue }
        batch.put(Array(event.eventID.utf8), [], in: StoreLayout.eventIDs)
      }
      engine.apply(event)
      eventCount += 1
      batch.put(
        StoreLayout.key(UInt64(eventCount)), EventCodec.encode(event, arrivalMilliseconds: now),
        in: StoreLayout.events)
      try flushIfLarge()
    }
    try flush()
    return engine
  }

  mutating func write(_ engine: FeatureEngine) throws {
    // In the order of keys, which the store takes much faster.
    for (id, user) in engine.sortedUsers() {
      batch.put(StoreLayout.key(id.rawValue), StateCodec.encode(user), in: StoreLayout.users)
      for entry in user.history.entries.sorted(by: { $0.item < $1.item }) {
        batch.put(
          StoreLayout.key(id, entry.item), StateCodec.encode(entry), in: StoreLayout.acts)
      }
      try flushIfLarge()
    }
    for (id, item) in engine.sortedItems() {
      batch.put(StoreLayout.key(id.rawValue), StateCodec.encode(item), in: StoreLayout.counters)
      try flushIfLarge()
    }
    try flush()
  }

  private mutating func flushIfLarge() throws {
    if batch.count >= 20_000 { try flush() }
  }

  private mutating func flush() throws {
    guard !batch.isEmpty else { return }
    try database.write(batch, durability: .unlogged)
    batch.removeAll()
  }
}
