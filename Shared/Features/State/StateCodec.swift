import RecommendationCore

/// States and events as bytes, bit for bit. The first byte is the format's version.
enum StateCodec {
  private static let version: UInt8 = 1

  // MARK: Users

  /// The totals and categories; the history is stored entry by entry.
  static func encode(_ user: UserState) -> [UInt8] {
    var writer = ByteWriter(capacity: 256 + user.categories.count * 24)
    writer.write(version)
    let totals = user.totals
    writer.write(totals.version)
    for value in [totals.acts, totals.impressions, totals.likes, totals.weightSum] {
      writer.write(value)
    }
    writer.write(totals.recent)
    for time in [totals.firstMilliseconds, totals.lastMilliseconds, totals.tasteMilliseconds] {
      writer.write(time)
    }
    for moments in [totals.years, totals.prices, totals.popularity] { writer.write(moments) }
    writer.write(UInt32(truncatingIfNeeded: user.categories.count))
    for category in user.categories {
      writer.write(category.key)
      writer.write(category.weight)
      writer.write(category.count)
    }
    return writer.bytes
  }

  /// - Returns: a user without history.
  static func decodeUser(_ bytes: UnsafeRawBufferPointer) throws -> UserState {
    var reader = ByteReader(bytes)
    guard let user = readUser(&reader), reader.remaining == 0 else {
      throw FeatureError(.malformed, "\(bytes.count) bytes that are not a user")
    }
    return user
  }

  private static func readUser(_ reader: inout ByteReader) -> UserState? {
    var user = UserState()
    guard reader.read(UInt8.self) == version, let stateVersion = reader.read(UInt64.self),
      let acts = reader.readDouble(), let impressions = reader.readDouble(),
      let likes = reader.readDouble(), let weightSum = reader.readDouble(),
      let recent = reader.readCounts(), let first = reader.read(Int64.self),
      let last = reader.read(Int64.self), let taste = reader.read(Int64.self),
      let years = reader.readMoments(), let prices = reader.readMoments(),
      let popularity = reader.readMoments(), let count = reader.read(UInt32.self)
    else { return nil }
    user.totals.version = stateVersion
    user.totals.acts = acts
    user.totals.impressions = impressions
    user.totals.likes = likes
    user.totals.weightSum = weightSum
    user.totals.recent = recent
    user.totals.firstMilliseconds = first
    user.totals.lastMilliseconds = last
    user.totals.tasteMilliseconds = taste
    user.totals.years = years
    user.totals.prices = prices
    user.totals.popularity = popularity
    for _ in 0..<count {
      guard let key = reader.read(UInt64.self), let weight = reader.readDouble(),
        let acts = reader.readDouble()
      else { return nil }
      user.categories.append(.init(key: key, weight: weight, count: acts))
    }
    return user
  }

  // MARK: Items

  static func encode(_ item: ItemState) -> [UInt8] {
    var writer = ByteWriter(capacity: 96)
    writer.write(version)
    for value in [item.acts, item.impressions, item.likes, item.weightSum] { writer.write(value) }
    writer.write(item.recent)
    writer.write(item.firstMilliseconds)
    writer.write(item.lastMilliseconds)
    return writer.bytes
  }

  static func decodeItem(_ bytes: UnsafeRawBufferPointer) throws -> ItemState {
    var reader = ByteReader(bytes)
    guard reader.read(UInt8.self) == version, let acts = reader.readDouble(),
      let impressions = reader.readDouble(), let likes = reader.readDouble(),
      let weightSum = reader.readDouble(), let recent = reader.readCounts(),
      let first = reader.read(Int64.self), let last = reader.read(Int64.self),
      reader.remaining == 0
    else { throw FeatureError(.malformed, "\(bytes.count) bytes that are not an item's counts") }
    var item = ItemState()
    item.acts = acts
    item.impressions = impressions
    item.likes = likes
    item.weightSum = weightSum
    item.recent = recent
    item.firstMilliseconds = first
    item.lastMilliseconds = last
    return item
  }

  // MARK: History entries: the key is user and item, the value the rest

  static func encode(_ entry: ActHistory.Entry) -> [UInt8] {
    var writer = ByteWriter(capacity: 20)
    encode(entry, to: &writer)
    return writer.bytes
  }

  static func encode(_ entry: ActHistory.Entry, to writer: inout ByteWriter) {
    writer.write(entry.weight)
    writer.write(entry.time)
    writer.write(entry.mark)
  }

  static func decodeEntry(item: UInt64, _ bytes: UnsafeRawBufferPointer) throws
    -> ActHistory.Entry
  {
    var reader = ByteReader(bytes)
    guard let weight = reader.readFloat(), let time = reader.read(Int64.self),
      let mark = reader.read(UInt64.self), reader.remaining == 0
    else { throw FeatureError(.malformed, "\(bytes.count) bytes that are not a history entry") }
    return ActHistory.Entry(item: item, weight: weight, time: time, mark: mark)
  }
}

extension ByteWriter {
  fileprivate mutating func write(_ counts: DecayedCounts) {
    write(counts.day)
    write(counts.week)
    write(counts.month)
    write(counts.timeMilliseconds)
  }

  fileprivate mutating func write(_ moments: Moments) {
    write(moments.count)
    write(moments.sum)
    write(moments.squares)
  }
}

extension ByteReader {
  fileprivate mutating func readCounts() -> DecayedCounts? {
    var counts = DecayedCounts()
    guard let day = readDouble(), let week = readDouble(), let month = readDouble(),
      let time = read(Int64.self)
    else { return nil }
    counts.day = day
    counts.week = week
    counts.month = month
    counts.timeMilliseconds = time
    return counts
  }

  fileprivate mutating func readMoments() -> Moments? {
    var moments = Moments()
    guard let count = readDouble(), let sum = readDouble(), let squares = readDouble() else {
      return nil
    }
    moments.count = count
    moments.sum = sum
    moments.squares = squares
    return moments
  }
}
