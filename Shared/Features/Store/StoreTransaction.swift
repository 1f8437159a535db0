import Catalogue
import KeyValueStore
import RecommendationCore

/// A group of writes being prepared: working copies of what they change, and the batch that makes it
/// durable. Nothing is visible to readers, and nothing lost, until the batch is on disk.
struct StoreTransaction {
  /// What the writer knows besides the files; the transaction's own copy.
  struct Positions: Sendable {
    /// Place of the last event in the log.
    var event: UInt64
    /// Place of the oldest event that the log still has; past ``event`` where it has none.
    var oldestEvent: UInt64 = 1
    /// Place of the last change in the change stream.
    var change: UInt64
    /// Events up to here have had their ids forgotten.
    var forgotten: UInt64
    /// When the oldest event arrived whose id is still remembered, as far as it is known.
    var oldestArrival = Int64.min
  }

  private let reader: any StoreLookups
  private let cache: UserCache?
  private let counters: ItemCounters
  private let lastChanges: [UInt64: UInt64]
  private let now: Int64
  private let staged: LiveCatalogue

  private(set) var batch = WriteBatch()
  private(set) var positions: Positions
  /// Users that were looked at; `changedUsers` says which of them to write.
  private var users: [UserID: UserState] = [:]
  private var changedUsers: Set<UserID> = []
  private(set) var items: [ItemID: ItemState] = [:]
  /// By item key: the place of its last change, where it changed.
  private(set) var newChanges: [UInt64: UInt64] = [:]
  private var eventIDs: Set<String> = []
  private var newEvents = 0

  init(
    reader: any StoreLookups, cache: UserCache?, counters: ItemCounters,
    catalogue: CatalogueSnapshot,
    lastChanges: [UInt64: UInt64], positions: Positions, nowMilliseconds: Int64
  ) {
    self.reader = reader
    self.cache = cache
    self.counters = counters
    self.lastChanges = lastChanges
    self.positions = positions
    now = nowMilliseconds
    staged = LiveCatalogue(catalogue)
  }

  /// The catalogue after this transaction.
  var catalogue: CatalogueSnapshot { staged.snapshot }
  /// The users that events changed.
  var writtenUsers: [UserID: UserState] { users.filter { changedUsers.contains($0.key) } }
  var changesCatalogue: Bool { !newChanges.isEmpty }

  // MARK: Events

  mutating func record(_ events: [Event]) throws -> RecordOutcome {
    var outcome = RecordOutcome(statuses: [], versions: [:])
    outcome.statuses.reserveCapacity(events.count)
    for event in events {
      outcome.statuses.append(try record(event) ? .accepted : .duplicate)
      outcome.versions[event.user] = try user(event.user).totals.version
    }
    return outcome
  }

  /// - Returns: false for an event whose id is known.
  private mutating func record(_ event: Event) throws -> Bool {
    if !event.eventID.isEmpty {
      let id = Array(event.eventID.utf8)
      guard !eventIDs.contains(event.eventID), try !reader.isKnown(eventID: event.eventID) else {
        return false
      }
      eventIDs.insert(event.eventID)
      batch.put(id, [], in: StoreLayout.eventIDs)
    }
    var user = try user(event.user)
    // Taken out for the change, so that its arrays are changed in place.
    users[event.user] = nil
    var item = items[event.item] ?? counters[event.item]
    let change = StateTransition.apply(event, catalogue: catalogue, user: &user, item: &item)
    users[event.user] = user
    changedUsers.insert(event.user)
    items[event.item] = item
    write(change, of: event)
    positions.event += 1
    newEvents += 1
    batch.put(
      StoreLayout.key(positions.event), EventCodec.encode(event, arrivalMilliseconds: now),
      in: StoreLayout.events)
    return true
  }

  private mutating func user(_ id: UserID) throws -> UserState {
    if let user = users[id] { return user }
    let user: UserState
    if case .hit(let cached) = cache?.lookup(id) {
      user = cached
    } else {
      user = try reader.user(id)
    }
    users[id] = user
    return user
  }

  private mutating func write(_ change: ActHistory.Change?, of event: Event) {
    if let entry = change?.entry {
      batch.put(
        StoreLayout.key(event.user, entry.item), StateCodec.encode(entry), in: StoreLayout.acts)
    }
    if let evicted = change?.evicted {
      batch.delete(StoreLayout.key(event.user, evicted), in: StoreLayout.acts)
    }
  }

  // MARK: Items

  mutating func upsert(_ changed: [Item]) throws -> UInt64 {
    // Refuses key collisions, for this request only, before anything else is done.
    try staged.apply(
      upserts: changed, deletes: [], sequence: positions.change + UInt64(changed.count))
    for item in changed {
      move(item.id, StoreLayout.upserted)
      batch.put(
        StoreLayout.key(item.id.rawValue), ItemCodec.encode(item), in: StoreLayout.items)
    }
    return positions.change
  }

  mutating func delete(_ ids: [ItemID]) throws -> DeleteOutcome {
    var missing: [ItemID] = []
    var present: [ItemID] = []
    var known = Set<ItemID>()
    for id in ids where known.insert(id).inserted {
      if catalogue.contains(id) { present.append(id) } else { missing.append(id) }
    }
    try staged.apply(
      upserts: [], deletes: present, sequence: positions.change + UInt64(present.count))
    for id in present {
      move(id, StoreLayout.deleted)
      batch.delete(StoreLayout.key(id.rawValue), in: StoreLayout.items)
    }
    return DeleteOutcome(sequence: positions.change, missing: missing)
  }

  /// Gives an item a new place at the end of the change stream.
  private mutating func move(_ id: ItemID, _ kind: UInt8) {
    if let old = newChanges[id.rawValue] ?? lastChanges[id.rawValue] {
      batch.delete(StoreLayout.key(old), in: StoreLayout.changes)
    }
    positions.change += 1
    newChanges[id.rawValue] = positions.change
    batch.put(
      StoreLayout.key(positions.change), [kind] + StoreLayout.key(id.rawValue),
      in: StoreLayout.changes)
  }

  // MARK: The end

  /// Adds the changed states, forgets event ids that are older than the retention, and takes the oldest events out of
  /// a log that is longer than its limit.
  mutating func finish(forgetBeforeMilliseconds: Int64, eventLogLimit: Int = .max) throws {
    for (id, user) in writtenUsers {
      batch.put(StoreLayout.key(id.rawValue), StateCodec.encode(user), in: StoreLayout.users)
    }
    for (id, item) in items {
      batch.put(StoreLayout.key(id.rawValue), StateCodec.encode(item), in: StoreLayout.counters)
    }
    try forgetEventIDs(before: forgetBeforeMilliseconds)
    try shortenLog(to: eventLogLimit)
  }

  /// Twice as many as came in, so that the upkeep keeps up without ever taking long.
  private var upkeep: Int { newEvents * 2 + 16 }

  /// The ids go with the events: nobody would find them later. What came with this transaction stays.
  private mutating func shortenLog(to limit: Int) throws {
    let length = positions.event + 1 - positions.oldestEvent
    guard newEvents > 0, length > UInt64(limit) else { return }
    let end = min(
      positions.oldestEvent + min(length - UInt64(limit), UInt64(upkeep)),
      positions.event + 1 - UInt64(newEvents))
    let forgotten = positions.forgotten
    var ids: [[UInt8]] = []
    try reader.forEachEvent(from: max(positions.oldestEvent, forgotten + 1)) { sequence, event, _ in
      guard sequence < end else { return false }
      if !event.eventID.isEmpty { ids.append(Array(event.eventID.utf8)) }
      return true
    }
    for id in ids { batch.delete(id, in: StoreLayout.eventIDs) }
    for sequence in positions.oldestEvent..<end {
      batch.delete(StoreLayout.key(sequence), in: StoreLayout.events)
    }
    positions.oldestEvent = end
    guard end > forgotten + 1 else { return }
    positions.forgotten = end - 1
    batch.put(StoreLayout.forgottenKey, StoreLayout.key(end - 1), in: StoreLayout.meta)
  }

  private mutating func forgetEventIDs(before time: Int64) throws {
    guard newEvents > 0, positions.oldestArrival < time else { return }
    var left = upkeep
    let start = positions.forgotten
    var forgotten = start
    var stale: [[UInt8]] = []
    try reader.forEachEvent(from: start + 1) { sequence, event, arrival in
      positions.oldestArrival = arrival
      guard left > 0, arrival < time else { return false }
      left -= 1
      forgotten = sequence
      if !event.eventID.isEmpty { stale.append(Array(event.eventID.utf8)) }
      return true
    }
    guard forgotten > start else { return }
    for id in stale { batch.delete(id, in: StoreLayout.eventIDs) }
    positions.forgotten = forgotten
    batch.put(StoreLayout.forgottenKey, StoreLayout.key(forgotten), in: StoreLayout.meta)
  }
}
