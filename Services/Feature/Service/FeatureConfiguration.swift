import Features
public import ServiceRuntime

/// What the Feature service can be told, beside ``ServiceSettings``.
public struct FeatureConfiguration: Sendable {
  /// Folder of the store.
  public var storePath = "var/features"
  /// Users whose state is kept in memory.
  public var cachedUsers = 20_000
  /// How long event ids are remembered.
  public var eventIDRetention = Duration.seconds(30 * 86_400)
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
  /// - `store.path` (text, var/features), `store.cached_users` (1...100000000, 20000)
  /// - `store.event_id_retention_days` (1...3650, 30), `store.write_queue_limit` (1...1000000, 10000)
  /// - `registry.path` (text, var/models), `registry.catalogue_label` (text, production)
  /// - `watch.page_items` (1...1000, 256), `watch.heartbeat_ms` (100...600000, 5000)
  public init(reader: SettingsReader) throws {
    storePath = try reader.string("store.path", default: storePath)
    cachedUsers = try reader.int(
      "store.cached_users", default: cachedUsers, in: 1...100_000_000)
    let days = try reader.int("store.event_id_retention_days", default: 30, in: 1...3_650)
    eventIDRetention = .seconds(days * 86_400)
    writeQueueLimit = try reader.int(
      "store.write_queue_limit", default: writeQueueLimit, in: 1...1_000_000)
    registryPath = try reader.string("registry.path", default: registryPath)
    catalogueLabel = try reader.string("registry.catalogue_label", default: catalogueLabel)
    watchPageItems = try reader.int("watch.page_items", default: watchPageItems, in: 1...1_000)
    watchHeartbeat = try reader.milliseconds(
      "watch.heartbeat_ms", default: 5_000, in: 100...600_000)
  }

  /// How the store keeps its state.
  var store: EmbeddedStoreConfiguration {
    var configuration = EmbeddedStoreConfiguration()
    configuration.cachedUsers = cachedUsers
    configuration.eventIDRetention = eventIDRetention
    return configuration
  }
}
