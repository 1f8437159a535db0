import Features
public import Redis
public import ServiceRuntime

/// What the Feature service can be told, beside ``ServiceSettings``.
public struct FeatureConfiguration: Sendable {
  /// Where the state is kept.
  public enum Backend: String, Sendable, CaseIterable {
    /// In a folder of this machine (RocksDB): one process owns it.
    case embedded
    /// In a Redis server that several processes share.
    case redis
  }

  /// Where the state is kept.
  public var backend = Backend.embedded
  /// Folder of the store; with Redis: of the embedded store from which an empty one is filled, if it is there.
  public var storePath = "var/features"
  /// The Redis server, where that is the backend.
  public var redis = RedisConfiguration()
  /// Before all keys in Redis.
  public var redisPrefix = "recsys:state:"
  /// About so many events are kept in the event log in Redis.
  public var redisEventLogLimit = 1_000_000
  /// Folder of the queue of events that came while Redis was away, one a process; empty: `store.path`-queue.
  public var eventQueuePath = ""
  /// Events that may be queued while Redis is away.
  public var eventQueueLimit = 100_000
  /// Users whose state is kept in memory.
  public var cachedUsers = 20_000
  /// How long event ids are remembered.
  public var eventIDRetention = Duration.seconds(30 * 86_400)
  /// Events that the embedded store's log keeps.
  public var eventLogLimit = EmbeddedStoreConfiguration().eventLogLimit
  /// Writes that may wait for the disk.
  public var writeQueueLimit = 10_000
  /// Folder of the model registry.
  public var registryPath = "var/models"
  /// Label of the `catalogue` bundle that an empty store starts from; empty: from nothing.
  public var catalogueLabel = "production"
  /// Most items of one message of WatchItems.
  public var watchPageItems = 256
  /// How often a watcher that has everything hears from the service.
  public var watchHeartbeat = Duration.seconds(5)

  /// The defaults.
  public init() {}

  /// Reads the settings. Keys, types and defaults:
  ///
  /// - `store.backend` (embedded, redis), `store.path` (text, var/features), `store.cached_users` (1...100000000, 20000)
  /// - `store.event_id_retention_days` (1...3650, 30), `store.write_queue_limit` (1...1000000, 10000)
  /// - `store.event_log_limit` (1...1000000000000, 20000000): of the embedded store
  /// - `store.event_queue_path` (text; empty: `store.path`-queue), `store.event_queue_limit` (1...100000000, 100000)
  /// - `redis.url` (redis://[[user]:password@]host[:port][/database] or unix:///path; redis://127.0.0.1:6379),
  ///   `redis.prefix` (text, recsys:state:), `redis.timeout_ms` (1...60000, 250),
  ///   `redis.event_log_limit` (1...1000000000, 1000000)
  /// - `registry.path` (text, var/models), `registry.catalogue_label` (text, production)
  /// - `watch.page_items` (1...1000, 256), `watch.heartbeat_ms` (100...600000, 5000)
  public init(reader: SettingsReader) throws {
    let name = try reader.string("store.backend", default: backend.rawValue)
    guard let backend = Backend(rawValue: name) else {
      throw ConfigurationError(key: "store.backend", "must be embedded or redis")
    }
    self.backend = backend
    try readRedis(reader)
    storePath = try reader.string("store.path", default: storePath)
    cachedUsers = try reader.int(
      "store.cached_users", default: cachedUsers, in: 1...100_000_000)
    let days = try reader.int("store.event_id_retention_days", default: 30, in: 1...3_650)
    eventIDRetention = .seconds(days * 86_400)
    eventLogLimit = try reader.int(
      "store.event_log_limit", default: eventLogLimit, in: 1...1_000_000_000_000)
    writeQueueLimit = try reader.int(
      "store.write_queue_limit", default: writeQueueLimit, in: 1...1_000_000)
    registryPath = try reader.string("registry.path", default: registryPath)
    catalogueLabel = try reader.string("registry.catalogue_label", default: catalogueLabel)
    watchPageItems = try reader.int("watch.page_items", default: watchPageItems, in: 1...1_000)
    watchHeartbeat = try reader.milliseconds(
      "watch.heartbeat_ms", default: 5_000, in: 100...600_000)
  }

  private mutating func readRedis(_ reader: SettingsReader) throws {
    // It may hold a password.
    let url = try reader.secret("redis.url")
    do {
      if !url.isEmpty { redis = try RedisConfiguration(url: url) }
    } catch let error as RedisError {
      throw ConfigurationError(key: "redis.url", error.message)
    }
    redis.timeout = try reader.milliseconds("redis.timeout_ms", default: 250, in: 1...60_000)
    redisPrefix = try reader.string("redis.prefix", default: redisPrefix)
    redisEventLogLimit = try reader.int(
      "redis.event_log_limit", default: redisEventLogLimit, in: 1...1_000_000_000)
    eventQueuePath = try reader.string("store.event_queue_path", default: "")
    eventQueueLimit = try reader.int(
      "store.event_queue_limit", default: eventQueueLimit, in: 1...100_000_000)
  }

  /// How a store in Redis works.
  var redisStore: RedisStoreConfiguration {
    var configuration = RedisStoreConfiguration(
      server: redis, queuePath: eventQueuePath.isEmpty ? storePath + "-queue" : eventQueuePath)
    configuration.prefix = redisPrefix
    configuration.cachedUsers = cachedUsers
    configuration.eventIDRetention = eventIDRetention
    configuration.eventLogLimit = redisEventLogLimit
    configuration.queueLimit = eventQueueLimit
    // SharedStoreOpening sees to it.
    configuration.waitsForFilling = true
    return configuration
  }

  /// How the embedded store keeps its state.
  var store: EmbeddedStoreConfiguration {
    var configuration = EmbeddedStoreConfiguration()
    configuration.cachedUsers = cachedUsers
    configuration.eventIDRetention = eventIDRetention
    configuration.eventLogLimit = eventLogLimit
    return configuration
  }
}
