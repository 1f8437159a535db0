import KeyValueStore
import RecommendationCore

/// Where the embedded store keeps what. Numbers in keys are big-endian, so that they sort.
enum StoreLayout {
  /// User key → totals and categories.
  static let users = ColumnFamily("users")
  /// User key, item key → history entry.
  static let acts = ColumnFamily("acts")
  /// Item key → counts.
  static let counters = ColumnFamily("counters")
  /// Item key → the item.
  static let items = ColumnFamily("items")
  /// Place in the change stream → kind of change, item key. An item's last change only.
  static let changes = ColumnFamily("changes")
  /// Place in the event log → event, in the order of arrival.
  static let events = ColumnFamily("events")
  /// Event id → nothing.
  static let eventIDs = ColumnFamily("event_ids")
  /// Single values by name.
  static let meta = ColumnFamily("meta")

  static let families = [users, acts, counters, items, changes, events, eventIDs, meta]

  /// In `meta`: where the change stream of this store starts.
  static let firstSequenceKey = Array("first_sequence".utf8)
  /// In `meta`: events up to here have had their ids forgotten.
  static let forgottenKey = Array("forgotten_event_ids".utf8)

  static let upserted: UInt8 = 1
  static let deleted: UInt8 = 2

  static func key(_ number: UInt64) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }

  static func key(_ user: UserID, _ item: UInt64) -> [UInt8] {
    var bytes = key(user.rawValue)
    bytes.append(contentsOf: key(item))
    return bytes
  }

  static func number(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) throws -> UInt64 {
    guard bytes.count >= offset + 8 else {
      throw FeatureError(.malformed, "a key of \(bytes.count) bytes")
    }
    return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
