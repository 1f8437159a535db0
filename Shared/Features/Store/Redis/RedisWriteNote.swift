import RecommendationCore
import Redis

/// What the stream of writes says of one write.
struct RedisWriteNote: Sendable {
  private static let countsBytes = StateCodec.encode(ItemState()).count

  /// From 1.
  var number: UInt64
  /// Place of the last event and of the last change after it.
  var event: UInt64
  var change: UInt64
  var changesCatalogue: Bool
  /// Item key and counts, again and again.
  var counts: [UInt8]

  /// The note of a write.
  init(_ position: RedisPosition, items: [ItemID: ItemState], changesCatalogue: Bool) {
    number = position.write
    event = position.event
    change = position.change
    self.changesCatalogue = changesCatalogue
    counts = []
    counts.reserveCapacity(items.count * (8 + Self.countsBytes))
    for (id, state) in items {
      counts += StoreLayout.key(id.rawValue)
      counts += StateCodec.encode(state)
    }
  }

  /// Reads an entry of the stream.
  init(_ value: RedisValue) throws {
    let parts = try value.array()
    guard parts.count == 2, let id = try parts[0].optionalBytes() else {
      throw FeatureError(.malformed, "an entry of \(parts.count) parts among the writes")
    }
    let fields = try Redis.pairs(parts[1])
    guard
      let number = UInt64(String(decoding: id.prefix { $0 != UInt8(ascii: "-") }, as: UTF8.self))
    else { throw FeatureError(.malformed, "a write without a number") }
    self.number = number
    event = try Self.read(fields, "event")
    change = try Self.read(fields, "change")
    changesCatalogue = fields[Array("items".utf8)] != nil
    counts = fields[Array("counts".utf8)] ?? []
  }

  private static func read(_ fields: [[UInt8]: [UInt8]], _ name: String) throws -> UInt64 {
    guard let text = fields[Array(name.utf8)],
      let number = UInt64(String(decoding: text, as: UTF8.self))
    else { throw FeatureError(.malformed, "a write without '\(name)'") }
    return number
  }

  /// The command that adds it to the stream.
  func command(_ layout: RedisLayout) -> [any RedisArgument] {
    var words: [any RedisArgument] = [
      "XADD", layout.writes, "MAXLEN", "~", 10_000, "\(number)-0", "event", event, "change", change,
      "counts", counts,
    ]
    if changesCatalogue { words += ["items", 1] as [any RedisArgument] }
    return words
  }

  /// The counts of the items that it changed.
  func counters() throws -> [ItemID: ItemState] {
    let stride = 8 + Self.countsBytes
    guard counts.count % stride == 0 else {
      throw FeatureError(.malformed, "\(counts.count) bytes of counts")
    }
    var items: [ItemID: ItemState] = [:]
    try counts.withUnsafeBytes { bytes in
      for offset in Swift.stride(from: 0, to: bytes.count, by: stride) {
        let id = ItemID(rawValue: try StoreLayout.number(bytes, at: offset))
        let part = UnsafeRawBufferPointer(rebasing: bytes[(offset + 8)..<(offset + stride)])
        items[id] = try StateCodec.decodeItem(part)
      }
    }
    return items
  }
}
