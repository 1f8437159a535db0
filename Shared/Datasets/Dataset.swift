public import RecommendationCore

/// A user of a dataset.
public struct DatasetUser: Sendable, Hashable {
  /// The client's own id.
  public var externalID: String
  /// What is known of the user, e.g. `age`, `sex`, `occupation`.
  public var attributes: [String: AttributeValue]

  /// A user.
  public init(externalID: String, attributes: [String: AttributeValue] = [:]) {
    self.externalID = externalID
    self.attributes = attributes
  }

  /// The key by which the user travels between services.
  public var id: UserID { UserID(external: externalID) }
}

/// A dataset in memory: what happened, in time order, between whom and what.
public struct Dataset: Sendable {
  /// e.g. `ml-1m`.
  public var name: String
  /// Users by row.
  public var users: [DatasetUser]
  /// Items by row.
  public var items: [Item]
  /// Acts of users on items, in time order.
  public var interactions: InteractionTable
  /// What was shown, in time order, where that is known; the value is the place in the slate, from 1.
  public var impressions: InteractionTable

  /// A dataset.
  public init(
    name: String, users: [DatasetUser], items: [Item], interactions: InteractionTable,
    impressions: InteractionTable = InteractionTable()
  ) {
    self.name = name
    self.users = users
    self.items = items
    self.interactions = interactions
    self.impressions = impressions
  }

  /// A row of the interactions as an event.
  public func event(_ row: Int) -> Event {
    Event(
      user: users[Int(interactions.users[row])].id, item: items[Int(interactions.items[row])].id,
      type: interactions.type(row), value: Double(interactions.values[row]),
      timeMilliseconds: interactions.timesMilliseconds[row])
  }

  /// A stable hash of all that is in it; changes with any value, name or order.
  ///
  /// - Complexity: O(rows + bytes of text).
  public var fingerprint: UInt64 {
    var hash = StableHash()
    hash.combine("dataset-1\n")
    for user in users {
      hash.combine(user.externalID)
      hash.combine("\n")
      hash.combine(user.attributes)
    }
    for item in items { hash.combine(item) }
    hash.combine(interactions.checksum)
    hash.combine(impressions.checksum)
    return hash.finalized()
  }
}

extension InteractionTable {
  /// Four multiply-xorshift steps a row: a byte-wise hash of 25 million rows would take seconds.
  var checksum: UInt64 {
    var state = UInt64(count) ^ 0x9e37_79b9_7f4a_7c15
    func mix(_ value: UInt64) {
      state = (state ^ value) &* 0xff51_afd7_ed55_8ccd
      state ^= state >> 32
    }
    for row in 0..<count {
      mix(UInt64(UInt32(bitPattern: users[row])) << 32 | UInt64(UInt32(bitPattern: items[row])))
      mix(UInt64(types[row]) << 32 | UInt64(values[row].bitPattern))
      mix(UInt64(bitPattern: timesMilliseconds[row]))
      mix(isHeldOut(row) ? 1 : 0)
    }
    return state
  }
}

extension StableHash {
  mutating func combine(_ attributes: [String: AttributeValue]) {
    for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
      combine(name)
      combine("=")
      combine(value.stableText)
      combine("\n")
    }
  }

  mutating func combine(_ item: Item) {
    for text in [item.externalID, item.title, item.description, item.imageURI] + item.categories {
      combine(text)
      combine("\n")
    }
    combine(item.attributes)
    combine("\(item.year ?? 0) \((item.price ?? -1).bitPattern)")
    combine("\(item.availableFromMilliseconds ?? 0) \(item.availableUntilMilliseconds ?? 0)\n")
  }
}

extension AttributeValue {
  /// One text for one value, of any kind.
  var stableText: String {
    switch self {
    case .text(let text): "t\(text)"
    case .number(let number): "n\(number)"
    case .flag(let flag): "f\(flag)"
    case .texts(let texts): "l" + texts.joined(separator: "\u{1f}")
    }
  }
}
