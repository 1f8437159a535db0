import CoreMetrics
import Logging
import Redis

/// What gateways share through Redis: slates, and popular items. Absent, late or emptied, it only costs its help.
final class SharedSlates: Sendable {
  /// A popular list of a week ago is better than none.
  private static let popularLifetime = Duration.seconds(7 * 86_400)

  private let redis: Redis
  private let prefix: String
  private let metrics: CacheMetrics

  init(_ configuration: RedisConfiguration, prefix: String, metrics: CacheMetrics, logger: Logger)
    throws
  {
    self.prefix = prefix
    self.metrics = metrics
    redis = try Redis(configuration: configuration) { event in
      switch event {
      case .connected:
        metrics.redisConnected.set(1)
        logger.info("connected to Redis")
      case .stalled:
        metrics.redisConnected.set(0)
        logger.warning("Redis does not answer: slates are remembered in memory only")
      case .lost(let error):
        metrics.redisConnected.set(0)
        logger.warning(
          "no connection to Redis: slates are remembered in memory only",
          metadata: ["error": "\(error.message)"])
      }
    }
  }

  /// The slate of a request, if Redis has it and says so in time.
  func find(_ key: CacheKey) async -> CachedSlate? {
    guard redis.isOpen else { return nil }
    do {
      guard let bytes = try await redis.get(name(key)) else { return nil }
      return CachedSlate(bytes, for: key)
    } catch {
      metrics.redisFailures.increment()
      return nil
    }
  }

  /// Keeps a slate.
  func insert(_ slate: CachedSlate, for key: CacheKey, lifetime: Duration) async {
    guard redis.isOpen else { return }
    do {
      try await redis.set(name(key), slate.encode(for: key), lifetime: lifetime)
    } catch {
      metrics.redisFailures.increment()
    }
  }

  /// Keeps a list of popular items for gateways that start while Candidates is away.
  func savePopular(_ keys: [UInt64], source: String) async throws {
    try await redis.set(
      "\(prefix)popular:\(source)", keys.flatMap(\.littleEndianBytes),
      lifetime: Self.popularLifetime)
  }

  /// The list that a gateway kept; nil where there is none.
  func popular(source: String) async throws -> [UInt64]? {
    guard let bytes = try await redis.get("\(prefix)popular:\(source)"), bytes.count % 8 == 0,
      !bytes.isEmpty
    else { return nil }
    return stride(from: 0, to: bytes.count, by: 8).map {
      UInt64(littleEndianBytes: bytes[$0..<$0 + 8])
    }
  }

  /// Ends the connection. Blocks shortly.
  func close() { redis.close() }

  private func name(_ key: CacheKey) -> String { "\(prefix)slate:\(String(key.hash, radix: 16))" }
}
