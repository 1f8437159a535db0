import CoreMetrics
import Features
import Logging
import Redis

/// Says in the log and the metrics what happens to the shared store.
enum SharedStoreLog {
  private static let losses = Counter(label: "recsys_features_redis_connection_losses_total")
  private static let isConnected = Meter(label: "recsys_features_redis_connected")

  static func note(_ event: RedisStoreEvent, _ logger: Logger) {
    switch event {
    case .connection(.connected):
      isConnected.set(1)
      logger.info("connected to Redis")
    case .connection(.stalled):
      isConnected.set(0)
      logger.warning("Redis does not answer")
    case .connection(.lost(let error)):
      isConnected.set(0)
      losses.increment()
      logger.warning("no connection to Redis", metadata: ["error": "\(error.message)"])
    case .loaded(let identity, let items, let events):
      logger.info(
        "shared store read",
        metadata: [
          "identity": "\(identity)", "items": .stringConvertible(items),
          "events": .stringConvertible(events),
        ])
    case .restored(let items, let wasEmptied):
      logger.error(
        "Redis lost state; the catalogue was written anew from memory",
        metadata: [
          "items": .stringConvertible(items),
          "lost": wasEmptied ? "all users' states" : "what was written since its last save",
        ])
    case .queueing: logger.warning("Redis is away: events are queued on this machine's disk")
    case .drained(let events):
      logger.info("queued events are in Redis", metadata: ["events": .stringConvertible(events)])
    case .trouble(let error):
      logger.error("the shared store is in trouble", metadata: ["error": "\(error)"])
    }
  }
}
