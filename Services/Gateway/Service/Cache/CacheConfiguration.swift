import Redis
import ServiceRuntime

/// How slates are remembered.
struct CacheConfiguration: Sendable {
  /// Room in this process's memory; 0: nothing is remembered.
  var bytes = 64 << 20
  /// How long a slate may be given out. Bounds what changes with time alone: counts of items, trends, what is new.
  var lifetime: Duration = .seconds(30)
  /// A server behind it, which gateways share; nil: none.
  var redis: RedisConfiguration?
  /// Before all keys in Redis.
  var prefix = "recsys:"

  /// Defaults.
  init() {}

  /// Reads the configuration; ``GatewayConfiguration/init(settings:)`` lists the keys.
  init(settings: SettingsReader) throws {
    bytes = try settings.int("cache.bytes", default: bytes, in: 0...(1 << 40))
    lifetime = try settings.milliseconds("cache.lifetime_ms", default: 30_000, in: 1...3_600_000)
    // It may hold a password.
    let url = try settings.secret("redis.url")
    prefix = try settings.string("redis.cache_prefix", default: prefix)
    let timeout = try settings.milliseconds("redis.cache_timeout_ms", default: 15, in: 1...10_000)
    guard !url.isEmpty else { return }
    do {
      var server = try RedisConfiguration(url: url)
      server.timeout = timeout
      redis = server
    } catch let error as RedisError {
      throw ConfigurationError(key: "redis.url", error.message)
    }
  }
}
