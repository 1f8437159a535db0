public import Redis

/// How a store in Redis works.
public struct RedisStoreConfiguration: Sendable {
  /// The server.
  public var server: RedisConfiguration
  /// Before all its keys: stores of several suites may share a server.
  public var prefix = "recsys:state:"
  /// Users whose state is kept in memory; each read asks Redis whether it still holds.
  public var cachedUsers = 20_000
  /// How long event ids are remembered, so that an event that comes again is known.
  public var eventIDRetention = Duration.seconds(30 * 86_400)
  /// About so many events are kept in the event log; the oldest go.
  public var eventLogLimit = 1_000_000
  /// Folder of the queue of events that came while Redis was away.
  public var queuePath: String
  /// Events that the queue may hold; more are refused.
  public var queueLimit = 100_000
  /// How long a write may wait for the server before its events are queued.
  public var patience = Duration.milliseconds(500)

  /// Whether a store that has just been made takes no writes but those that fill it, until ``RedisStore/finishFilling(_:)``:
  /// somebody must fill it then. Events wait in the queue for that; what is filled in would write them over.
  public var waitsForFilling = false

  /// A configuration for a server and a queue folder.
  public init(server: RedisConfiguration, queuePath: String) {
    self.server = server
    self.queuePath = queuePath
  }
}

/// What happens to a store in Redis, for its owner's log.
public enum RedisStoreEvent: Sendable {
  /// Of the connection.
  case connection(RedisEvent)
  /// The store was read whole: identity, items, events.
  case loaded(identity: UInt64, items: Int, events: UInt64)
  /// Redis was emptied or set back to an earlier state: so much was written anew from memory; states of users that
  /// it lost are lost.
  case restored(items: Int, wasEmptied: Bool)
  /// Events are being queued on this machine.
  case queueing
  /// All queued events are in Redis now.
  case drained(events: Int)
  /// Something that should not be; the store goes on trying.
  case trouble(any Error)
}
