import KeyValueStore
import RecommendationCore
import Synchronization

/// Events that came while Redis was away, on this machine's disk until they are in Redis.
///
/// Its methods block.
final class EventQueue: Sendable {
  /// Events that were handed in together.
  struct Entry: Sendable {
    var number: UInt64
    var events: [Event]
    /// Writes that held these events and of which nobody knows whether they were carried out.
    var attempts: [UInt64]
  }

  private static let entries = ColumnFamily("entries")
  private static let meta = ColumnFamily("meta")
  private static let writerKey = Array("writer".utf8)

  /// Names this machine's writer in Redis, for ever: what it wrote last shows whether a write arrived.
  let writerID: String
  private struct State {
    var last: UInt64
    var events: Int
    var entries: Int
  }
  private let database: Database
  private let state: Mutex<State>
  private let limit: Int

  init(path: String, limit: Int) throws {
    self.limit = limit
    database = try Database(path: path, families: [Self.entries, Self.meta])
    if let known = try database.get(Self.writerKey, in: Self.meta) {
      writerID = String(decoding: known, as: UTF8.self)
    } else {
      writerID = String(UInt64.random(in: 1 ... .max), radix: 16)
      var batch = WriteBatch()
      batch.put(Self.writerKey, Array(writerID.utf8), in: Self.meta)
      try database.write(batch, durability: .synced)
    }
    var found = State(last: 0, events: 0, entries: 0)
    try database.forEach(in: Self.entries) { key, value in
      found.last = try StoreLayout.number(key)
      found.events += try Self.decode(found.last, value).events.count
      found.entries += 1
      return true
    }
    state = Mutex(found)
  }

  /// Events that wait.
  var count: Int { state.withLock { $0.events } }

  /// Appends events; they are on disk when it returns.
  ///
  /// - Throws: ``FeatureError`` with code `unavailable` when there is no room.
  func append(_ events: [Event], attempts: [UInt64], now: Int64) throws {
    try state.withLock { state in
      guard state.events + events.count <= limit else {
        throw FeatureError(
          .unavailable, "Redis is away, and \(state.events) events wait for it already")
      }
      var batch = WriteBatch()
      batch.put(
        StoreLayout.key(state.last + 1), Self.encode(events, attempts, now), in: Self.entries)
      try database.write(batch, durability: .synced)
      state.last += 1
      state.events += events.count
      state.entries += 1
    }
  }

  /// The oldest entry.
  func first() throws -> Entry? {
    var first: Entry?
    try database.forEach(in: Self.entries) { key, value in
      first = try Self.decode(StoreLayout.number(key), value)
      return false
    }
    return first
  }

  /// Replaces what is known of an entry's attempts, before another is made.
  func note(_ entry: Entry, now: Int64) throws {
    var batch = WriteBatch()
    batch.put(
      StoreLayout.key(entry.number), Self.encode(entry.events, entry.attempts, now),
      in: Self.entries)
    try database.write(batch, durability: .synced)
  }

  /// Lets an entry go: it is in Redis.
  func remove(_ entry: Entry) throws {
    var batch = WriteBatch()
    batch.delete(StoreLayout.key(entry.number), in: Self.entries)
    try database.write(batch, durability: .synced)
    state.withLock { state in
      state.events -= entry.events.count
      state.entries -= 1
    }
  }

  func close() { database.close() }

  // MARK: Bytes

  private static func encode(_ events: [Event], _ attempts: [UInt64], _ now: Int64) -> [UInt8] {
    var writer = ByteWriter(capacity: 16 + events.count * 100)
    writer.write(UInt32(truncatingIfNeeded: attempts.count))
    for attempt in attempts { writer.write(attempt) }
    writer.write(UInt32(truncatingIfNeeded: events.count))
    for event in events {
      let bytes = EventCodec.encode(event, arrivalMilliseconds: now)
      writer.write(UInt32(truncatingIfNeeded: bytes.count))
      writer.write(bytes: bytes)
    }
    return writer.bytes
  }

  private static func decode(_ number: UInt64, _ bytes: UnsafeRawBufferPointer) throws -> Entry {
    let malformed = FeatureError(.malformed, "\(bytes.count) bytes that are not queued events")
    var reader = ByteReader(bytes)
    var entry = Entry(number: number, events: [], attempts: [])
    guard let attempts = reader.read(UInt32.self) else { throw malformed }
    for _ in 0..<attempts {
      guard let attempt = reader.read(UInt64.self) else { throw malformed }
      entry.attempts.append(attempt)
    }
    guard let count = reader.read(UInt32.self) else { throw malformed }
    for _ in 0..<count {
      guard let length = reader.read(UInt32.self), let part = reader.readBytes(Int(length)) else {
        throw malformed
      }
      entry.events.append(try EventCodec.decode(part).event)
    }
    return entry
  }
}
