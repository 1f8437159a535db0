import KeyValueStore
import RecommendationCore
import Redis

/// Fills an empty store in Redis with what an embedded store's folder holds: users, histories, counts, items, the
/// change stream and the event ids. The event log stays in the folder.
struct RedisImport: Sendable {
  private static let chunk = 500
  /// How long a turn to fill the store lasts, unless it is prolonged.
  static let turn = Duration.seconds(60)

  let redis: Redis
  let layout: RedisLayout
  let retention: Duration

  /// KEYS: meta. ARGV: event, change and first place. Makes what was written the store's content, in one step, if
  /// nothing has been written since it was made.
  private static let publish = RedisScript(
    """
    if redis.call('HGET', KEYS[1], 'txn') ~= '0' then return 0 end
    redis.call('HSET', KEYS[1], 'txn', '1', 'event', ARGV[1], 'change', ARGV[2], 'first', ARGV[3])
    return 1
    """)

  /// Taken by the process whose turn it is to fill the store.
  var lock: String { layout.prefix + "filling" }

  /// - Returns: whether the store was filled; false where the folder holds nothing, or somebody wrote meanwhile.
  /// - Throws: ``StoreError`` when the folder cannot be opened, ``RedisError`` when Redis refuses or is away.
  func run(from path: String) async throws -> Bool {
    var files = DatabaseConfiguration()
    files.createIfMissing = false
    let database = try Database(path: path, families: StoreLayout.families, configuration: files)
    defer { database.close() }
    let reader = StoreReader(database: database)
    guard let change = try reader.lastNumber(in: StoreLayout.changes),
      let first = try reader.meta(StoreLayout.firstSequenceKey)
    else { return false }
    for family in [
      StoreLayout.users, StoreLayout.acts, StoreLayout.counters, StoreLayout.items,
      StoreLayout.changes, StoreLayout.eventIDs,
    ] {
      try await copy(family, of: database)
    }
    let events = try reader.lastNumber(in: StoreLayout.events) ?? 0
    let isDone = try await redis.evaluate(
      Self.publish, keys: [layout.meta], [events, change, first]
    ).integer()
    return isDone == 1
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
      let commands = try Self.joined(
        layout.commands(for: batch, retention: retention, eventLogLimit: 1))
      for answer in try await redis.sendAll(
        commands + [RedisCommand("PEXPIRE", lock, Int(Self.turn.components.seconds) * 1_000)],
        timeout: .seconds(10))
      { _ = try answer.checked() }
    }
  }

  /// Makes one command of those that set fields of one hash, one after the other.
  private static func joined(_ commands: [[any RedisArgument]]) -> [RedisCommand] {
    var result: [RedisCommand] = []
    var open: [UInt8]?
    for words in commands {
      let isHash = (words[0] as? String) == "HSET"
      let key = isHash ? words[1] as? [UInt8] : nil
      if let key, key == open {
        for word in words.dropFirst(2) { result[result.count - 1].append(word) }
        continue
      }
      var command = RedisCommand((words[0] as? String) ?? "")
      for word in words.dropFirst() { command.append(word) }
      result.append(command)
      open = key
    }
    return result
  }
}

extension RedisStore {
  /// Runs work that fills an empty store, in one process at a time.
  ///
  /// - Returns: false when another process is at it: wait, and look again.
  public func takingTurns(_ work: () async throws -> Void) async throws -> Bool {
    let importer = importer
    let redis = importer.redis
    guard
      try await redis.set(
        importer.lock, 1, lifetime: RedisImport.turn, onlyIfAbsent: true)
    else { return false }
    do {
      try await work()
    } catch {
      // The turn ends by itself where Redis cannot hear it.
      _ = try? await redis.delete(importer.lock)
      throw error
    }
    try await redis.delete(importer.lock)
    return true
  }

  /// Fills an empty store with what an embedded store's folder holds.
  ///
  /// - Returns: whether it was filled; false where it is not empty, or the folder is.
  public func fill(fromEmbedded path: String) async throws -> Bool {
    try await synchronize()
    guard isEmpty else { return false }
    let isDone = try await importer.run(from: path)
    try await synchronize()
    return isDone
  }
}
