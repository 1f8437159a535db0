import Catalogue
import RecommendationCore
import Redis

/// Where the store in Redis stood at one moment.
struct RedisPosition: Sendable, Equatable {
  var identity: UInt64 = 0
  /// Writes so far.
  var write: UInt64 = 0
  /// Place of the last event in the log.
  var event: UInt64 = 0
  /// Place of the last change in the change stream.
  var change: UInt64 = 0
}

/// Users and event ids as they stood at one moment: what a transaction on Redis looks things up in.
struct RedisReadOut: StoreLookups {
  var position: RedisPosition
  /// The number of the writer's last write; nil where it is not remembered.
  var lastWrite: UInt64?
  var users: [UserID: UserState] = [:]
  var knownEventIDs: Set<String> = []

  func user(_ id: UserID) throws -> UserState {
    guard let user = users[id] else {
      throw FeatureError(.malformed, "user \(id.rawValue) was not read")
    }
    return user
  }

  func isKnown(eventID: String) throws -> Bool { knownEventIDs.contains(eventID) }

  /// Redis lets event ids go by itself.
  func forEachEvent(
    from sequence: UInt64,
    _ body: (_ sequence: UInt64, _ event: Event, _ arrivalMilliseconds: Int64) throws -> Bool
  ) throws {}
}

/// Reads of the store in Redis.
struct RedisReads: Sendable {
  let redis: Redis
  let layout: RedisLayout

  /// Users and event ids, all at one moment.
  ///
  /// - Parameter cache: users whose version still holds come from here, the others go here.
  func read(
    _ users: [UserID], eventIDs: [String] = [], writer: String = "", cache: UserCache
  ) async throws -> RedisReadOut {
    var arguments: [any RedisArgument] = [layout.prefix, layout.writer(writer), users.count]
    var cached: [UserState?] = []
    for id in users {
      var state: UserState?
      if case .hit(let known) = cache.lookup(id) { state = known }
      cached.append(state)
      arguments.append(StoreLayout.key(id.rawValue))
      arguments.append(state.map { Self.versionBytes($0) } ?? [])
    }
    for id in eventIDs { arguments.append(id) }
    let answer = try await redis.evaluate(
      RedisScripts.read, keys: [layout.meta], arguments
    ).array()
    guard answer.count == 5 + users.count + eventIDs.count else {
      throw FeatureError(.malformed, "a reading of \(answer.count) parts")
    }
    var out = RedisReadOut(position: try Self.position(answer))
    if answer[4] != .null { out.lastWrite = UInt64(try answer[4].integer()) }
    for (index, id) in users.enumerated() {
      switch answer[5 + index] {
      case .integer(1):
        guard let state = cached[index] else {
          throw FeatureError(.malformed, "a user without content")
        }
        out.users[id] = state
      case .array(let parts):
        let state = try Self.user(parts)
        out.users[id] = state
        cache.publish([id: state])
      default: out.users[id] = UserState()
      }
    }
    for (index, id) in eventIDs.enumerated()
    where try answer[5 + users.count + index].integer() > 0 {
      out.knownEventIDs.insert(id)
    }
    return out
  }

  /// Whether only writes that fill the store are taken.
  func isFilling() async throws -> Bool {
    try await redis.send(RedisCommand("HEXISTS", layout.meta, "filling")).integer() == 1
  }

  /// The counts of all items, page by page.
  func counters() async throws -> [ItemID: ItemState] {
    var states: [ItemID: ItemState] = [:]
    try await redis.hashScan(layout.counters) { key, value in
      let id = ItemID(rawValue: try key.withUnsafeBytes { try StoreLayout.number($0) })
      states[id] = try value.withUnsafeBytes(StateCodec.decodeItem)
    }
    return states
  }

  /// Changes after a place in the stream; see ``OnlineStore/changes(after:limit:)``.
  func changes(after place: UInt64, limit: Int) async throws -> CatalogueChanges {
    let limit = min(max(limit, 1), 2_000)
    let answer = try await redis.evaluate(
      RedisScripts.changes, keys: [layout.meta, layout.changes, layout.items],
      [place, limit + 1]
    ).array()
    guard answer.count >= 2, answer.count % 3 == 2 else {
      throw FeatureError(.malformed, "changes of \(answer.count) parts")
    }
    guard answer[0] != .null else { throw StoreMoved() }
    let (first, last) = (UInt64(try answer[0].integer()), UInt64(try answer[1].integer()))
    guard place == 0 || (place >= first && place <= last) else {
      throw FeatureError(
        .unknownSequence, "place \(place) is not in this store's changes; start from 0")
    }
    var changes = CatalogueChanges(sequence: max(place, first))
    for index in stride(from: 2, to: answer.count, by: 3) {
      guard index < 2 + 3 * limit else {
        changes.hasMore = true
        break
      }
      let key = try answer[index].optionalBytes() ?? []
      changes.sequence = try Self.place(answer[index + 1])
      if let item = try answer[index + 2].optionalBytes() {
        changes.upserts.append(try item.withUnsafeBytes(ItemCodec.decode))
      } else {
        let number = try key.withUnsafeBytes { try StoreLayout.number($0) }
        changes.deletes.append(ItemID(rawValue: number))
      }
    }
    return changes
  }

  static func position(_ answer: [RedisValue]) throws -> RedisPosition {
    guard answer[0] != .null else { throw StoreMoved() }
    return RedisPosition(
      identity: UInt64(try answer[0].integer()), write: UInt64(try answer[1].integer()),
      event: UInt64(try answer[2].integer()), change: UInt64(try answer[3].integer()))
  }

  /// Where a state's bytes say its version.
  private static func versionBytes(_ state: UserState) -> [UInt8] {
    var writer = ByteWriter(capacity: 8)
    writer.write(state.totals.version)
    return writer.bytes
  }

  private static func user(_ parts: [RedisValue]) throws -> UserState {
    guard parts.count == 2, let state = try parts[0].optionalBytes() else {
      throw FeatureError(.malformed, "a user of \(parts.count) parts")
    }
    var user = try state.withUnsafeBytes(StateCodec.decodeUser)
    let fields = try parts[1].array()
    var entries: [ActHistory.Entry] = []
    entries.reserveCapacity(fields.count / 2)
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      guard let key = try fields[index].optionalBytes(),
        let value = try fields[index + 1].optionalBytes()
      else { throw FeatureError(.malformed, "a history entry without content") }
      let item = try key.withUnsafeBytes { try StoreLayout.number($0) }
      entries.append(try value.withUnsafeBytes { try StateCodec.decodeEntry(item: item, $0) })
    }
    user.history = ActHistory(entries: entries)
    return user
  }

  /// A place in the change stream, which Redis holds as a double: exact below 2^53, until the year 2255.
  private static func place(_ value: RedisValue) throws -> UInt64 {
    guard let text = try value.optionalBytes(),
      let score = Double(String(decoding: text, as: UTF8.self)),
      let place = UInt64(exactly: score)
    else { throw FeatureError(.malformed, "a place that is no number") }
    return place
  }
}
