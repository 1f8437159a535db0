import KeyValueStore
import RecommendationCore
import Redis

/// Fills an empty store in Redis with what an embedded store's folder holds: users, histories, counts, items, the
/// change stream and the event ids. The event log stays in the folder.
///
/// While it runs nobody else writes: an event that came in between would be written over. It may be done again after
/// it was broken off, by whoever has the turn then.
struct RedisImport: Sendable {
  private static let chunk = 500

  let turn: RedisTurn
  let retention: Duration

  /// - Returns: whether the store was filled; false where the folder holds nothing, or the store something.
  /// - Throws: ``StoreError`` when the folder cannot be opened, ``RedisError`` when Redis refuses or is away,
  ///   ``FeatureError`` with code `unavailable` when the turn has ended.
  func run(from path: String) async throws -> Bool {
    var files = DatabaseConfiguration()
    files.createIfMissing = false
    let database = try Database(path: path, families: StoreLayout.families, configuration: files)
    defer { database.close() }
    let reader = StoreReader(database: database)
    guard let change = try reader.lastNumber(in: StoreLayout.changes),
      let first = try reader.meta(StoreLayout.firstSequenceKey),
      try await turn.step(RedisScripts.beginImport) == 1
    else { return false }
    // Histories before the users that they belong to: who reads meanwhile finds a user whole, or none.
    for family in [
      StoreLayout.acts, StoreLayout.users, StoreLayout.counters, StoreLayout.items,
      StoreLayout.changes, StoreLayout.eventIDs,
    ] {
      try await copy(family, of: database)
    }
    let events = try reader.lastNumber(in: StoreLayout.events) ?? 0
    return try await turn.step(RedisScripts.endImport, [events, change, first]) == 1
  }

  /// Copies a family page by page: nothing holds more than a page.
  private func copy(_ family: ColumnFamily, of database: Database) async throws {
    var next: [UInt8]? = []
    while let start = next {
      next = nil
      var batch = WriteBatch()
      try database.forEach(from: start, in: family) { key, value in
        guard batch.count < Self.chunk else {
          next = Array(key)
          return false
        }
        batch.put(Array(key), Array(value), in: family)
        return true
      }
      try await turn.run(
        Self.joined(
          turn.layout.commands(for: batch, retention: retention, eventLogLimit: 1)))
    }
  }

  /// Makes one command of those that set fields of one hash, one after the other.
  private static func joined(_ commands: [[any RedisArgument]]) -> [[any RedisArgument]] {
    var result: [[any RedisArgument]] = []
    var open: [UInt8]?
    for words in commands {
      let isHash = (words[0] as? String) == "HSET"
      let key = isHash ? words[1] as? [UInt8] : nil
      if let key, key == open {
        result[result.count - 1] += words.dropFirst(2)
        continue
      }
      result.append(words)
      open = key
    }
    return result
  }
}

extension RedisStore {
  /// Fills an empty store with what an embedded store's folder holds.
  ///
  /// - Returns: whether it was filled; false where it is not empty, or the folder is.
  public func fill(fromEmbedded path: String, _ turn: RedisTurn) async throws -> Bool {
    try await synchronize()
    let importer = RedisImport(turn: turn, retention: configuration.eventIDRetention)
    let isDone = try await mapping { try await importer.run(from: path) }
    try await synchronize()
    return isDone
  }
}
