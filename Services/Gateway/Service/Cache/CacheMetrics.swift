import CoreMetrics

/// What the response cache does: `recsys_gateway_cache_requests_total{outcome}` and the room that it takes.
struct CacheMetrics: Sendable {
  /// From memory, and from Redis.
  let hit = Self.counter("hit")
  let sharedHit = Self.counter("shared_hit")
  /// Nothing was there; the user, a model, the rules or the catalogue had moved on; equal requests waited for one.
  let miss = Self.counter("miss")
  let stale = Self.counter("stale")
  let joined = Self.counter("joined")
  /// The request was not one for the cache.
  let bypassed = Self.counter("bypassed")
  /// Made, and not kept: degraded, with chosen chances, or overtaken by a change.
  let unkept = Self.counter("unkept")
  let redisFailures = Counter(label: "recsys_gateway_redis_failures_total")
  let redisConnected = Meter(label: "recsys_gateway_redis_connected")
  let bytes = Meter(label: "recsys_gateway_cache_bytes")
  let slates = Meter(label: "recsys_gateway_cache_slates")

  private static func counter(_ outcome: String) -> Counter {
    Counter(
      label: "recsys_gateway_cache_requests_total", dimensions: [("outcome", outcome)])
  }
}
