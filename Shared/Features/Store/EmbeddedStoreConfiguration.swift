import KeyValueStore

/// How an embedded store keeps its state.
public struct EmbeddedStoreConfiguration: Sendable {
  /// Users whose state is kept in memory. Default 20,000 (about 10 KB each with 200 acts).
  public var cachedUsers = 20_000
  /// How long event ids are remembered, so that an event that comes again is known. Default 30 days.
  public var eventIDRetention = Duration.seconds(30 * 86_400)
  /// Events that the log keeps; the oldest go, and with them their ids, however young. Default 20 million (about
  /// 2 GB).
  public var eventLogLimit = 20_000_000
  /// Memory and threads of the files.
  public var database = DatabaseConfiguration()

  /// The defaults.
  public init() {}
}
