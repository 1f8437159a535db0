import KeyValueStore
import RecommendationCore
import Redis

/// Where the store in Redis keeps what. The content is that of ``StoreLayout``, byte for byte.
struct RedisLayout: Sendable {
  let prefix: String

  /// Hash: `id` (the store's identity), `txn` (writes so far), `event`, `change`, `first` (places in the event log
  /// and the change stream), `filling` (there while only writes that fill the store are taken).
  var meta: String { prefix + "meta" }
  /// Hash: item key → counts.
  var counters: String { prefix + "counters" }
  /// Hash: item key → item.
  var items: String { prefix + "items" }
  /// Sorted set: item key by the place of its last change. An item that is not in `items` was deleted.
  var changes: String { prefix + "changes" }
  /// Stream of writes, `<txn>-0`: what the other replicas must know of them.
  var writes: String { prefix + "writes" }
  /// Stream of events, `<place>-0`.
  var events: String { prefix + "events" }
  /// Totals and categories of a user.
  func user(_ key: some Sequence<UInt8>) -> [UInt8] { bytes("u:", key) }
  /// Hash: item key → history entry of a user.
  func acts(_ key: some Sequence<UInt8>) -> [UInt8] { bytes("h:", key) }
  /// There while an event id is remembered.
  func eventID(_ id: some Sequence<UInt8>) -> [UInt8] { bytes("e:", id) }
  /// What the process holds whose turn it is to fill the store.
  var turn: String { prefix + "filling" }
  /// The number of a writer's last write.
  func writer(_ id: String) -> String { prefix + "w:" + id }

  private func bytes(_ kind: String, _ key: some Sequence<UInt8>) -> [UInt8] {
    Array((prefix + kind).utf8) + key
  }

  /// The commands that do to Redis what a batch does to the embedded store's files.
  func commands(for batch: WriteBatch, retention: Duration, eventLogLimit: Int) throws
    -> [[any RedisArgument]]
  {
    var commands: [[any RedisArgument]] = []
    try batch.forEach { family, key, value in
      switch (family, value) {
      case (StoreLayout.users, let value?): commands.append(["SET", user(key), value])
      case (StoreLayout.acts, let value?):
        commands.append(["HSET", acts(key.prefix(8)), key.dropFirst(8), value])
      case (StoreLayout.acts, nil):
        commands.append(["HDEL", acts(key.prefix(8)), key.dropFirst(8)])
      case (StoreLayout.counters, let value?): commands.append(["HSET", counters, key, value])
      case (StoreLayout.items, let value?): commands.append(["HSET", items, key, value])
      case (StoreLayout.items, nil): commands.append(["HDEL", items, key])
      case (StoreLayout.changes, let value?):
        let place = try key.withUnsafeBytes { try StoreLayout.number($0) }
        commands.append(["ZADD", changes, place, value.dropFirst()])
      case (StoreLayout.changes, nil): break  // ZADD moves the item: its old place is gone.
      case (StoreLayout.eventIDs, _):
        commands.append(["SET", eventID(key), "", "EX", Int(retention.components.seconds)])
      case (StoreLayout.events, let value?):
        let place = try key.withUnsafeBytes { try StoreLayout.number($0) }
        commands.append(
          ["XADD", events, "MAXLEN", "~", eventLogLimit, "\(place)-0", "e", value])
      default: throw FeatureError(.malformed, "a change of '\(family.rawValue)' that Redis has not")
      }
    }
    return commands
  }
}
