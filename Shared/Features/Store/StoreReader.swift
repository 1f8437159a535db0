import Catalogue
import KeyValueStore
import RecommendationCore

/// What a ``StoreTransaction`` has to look up.
protocol StoreLookups: Sendable {
  /// A user with history; the empty state where nothing is known.
  func user(_ id: UserID) throws -> UserState
  /// Whether an event of this id was recorded and is still remembered.
  func isKnown(eventID: String) throws -> Bool
  /// Events of the log from a place on, in the order of arrival, until the body answers false.
  func forEachEvent(
    from sequence: UInt64,
    _ body: (_ sequence: UInt64, _ event: Event, _ arrivalMilliseconds: Int64) throws -> Bool
  ) throws
}

/// Reads of the embedded store's files. They block.
struct StoreReader: StoreLookups {
  let database: Database

  /// A user with history; the empty state where nothing is known.
  func user(_ id: UserID) throws -> UserState {
    let snapshot = try database.snapshot()
    let stored = try database.withValue(
      StoreLayout.key(id.rawValue), in: StoreLayout.users, snapshot: snapshot
    ) { try $0.map(StateCodec.decodeUser) }
    guard var user = stored else { return UserState() }
    var entries: [ActHistory.Entry] = []
    try database.forEach(
      prefix: StoreLayout.key(id.rawValue), in: StoreLayout.acts, snapshot: snapshot
    ) { key, value in
      let item = try StoreLayout.number(key, at: 8)
      entries.append(try StateCodec.decodeEntry(item: item, value))
      return true
    }
    user.history = ActHistory(entries: entries)
    return user
  }

  func isKnown(eventID: String) throws -> Bool {
    try database.withValue(Array(eventID.utf8), in: StoreLayout.eventIDs) { $0 != nil }
  }

  func counters() throws -> ItemCounters {
    var states: [ItemID: ItemState] = [:]
    try database.forEach(in: StoreLayout.counters) { key, value in
      let id = ItemID(rawValue: try StoreLayout.number(key))
      states[id] = try StateCodec.decodeItem(value)
      return true
    }
    var counters = ItemCounters()
    counters.apply(states)
    return counters
  }

  func items() throws -> [Item] {
    var items: [Item] = []
    try database.forEach(in: StoreLayout.items) { _, value in
      items.append(try ItemCodec.decode(value))
      return true
    }
    return items
  }

  /// The place of each item's last change, deleted items included.
  func sequences() throws -> [UInt64: UInt64] {
    var sequences: [UInt64: UInt64] = [:]
    try database.forEach(in: StoreLayout.changes) { key, value in
      sequences[try StoreLayout.number(value, at: 1)] = try StoreLayout.number(key)
      return true
    }
    return sequences
  }

  /// The first key of a family that is numbered; nil where it is empty.
  func firstNumber(in family: ColumnFamily) throws -> UInt64? {
    try number(in: family, backwards: false)
  }

  /// The last key of a family that is numbered; nil where it is empty.
  func lastNumber(in family: ColumnFamily) throws -> UInt64? {
    try number(in: family, backwards: true)
  }

  private func number(in family: ColumnFamily, backwards: Bool) throws -> UInt64? {
    var found: UInt64?
    try database.forEach(backwards: backwards, in: family) { key, _ in
      found = try StoreLayout.number(key)
      return false
    }
    return found
  }

  func meta(_ key: [UInt8]) throws -> UInt64? {
    try database.withValue(key, in: StoreLayout.meta) { try $0.map { try StoreLayout.number($0) } }
  }

  /// Changes after a place in the stream; see ``OnlineStore/changes(after:limit:)``.
  func changes(after sequence: UInt64, first: UInt64, limit: Int) throws -> CatalogueChanges {
    let snapshot = try database.snapshot()
    var result = CatalogueChanges(sequence: max(sequence, first))
    var upserted: [[UInt8]] = []
    var count = 0
    try database.forEach(
      from: StoreLayout.key(sequence &+ 1), in: StoreLayout.changes, snapshot: snapshot
    ) { key, value in
      guard count < limit else {
        result.hasMore = true
        return false
      }
      count += 1
      result.sequence = try StoreLayout.number(key)
      let item = try StoreLayout.number(value, at: 1)
      if value[0] == StoreLayout.upserted {
        upserted.append(StoreLayout.key(item))
      } else {
        result.deletes.append(ItemID(rawValue: item))
      }
      return true
    }
    for value in try database.multiGet(upserted, in: StoreLayout.items, snapshot: snapshot) {
      guard let value else { throw FeatureError(.malformed, "a change without its item") }
      result.upserts.append(try value.withUnsafeBytes(ItemCodec.decode))
    }
    return result
  }

  func forEachEvent(
    from sequence: UInt64,
    _ body: (_ sequence: UInt64, _ event: Event, _ arrivalMilliseconds: Int64) throws -> Bool
  ) throws {
    try database.forEach(from: StoreLayout.key(sequence), in: StoreLayout.events) { key, value in
      let (event, arrival) = try EventCodec.decode(value)
      return try body(try StoreLayout.number(key), event, arrival)
    }
  }
}
