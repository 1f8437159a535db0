/// What kind of act an event records. Raw values are those of `recsys.common.v1.EventType`.
public enum EventType: UInt8, Sendable, Hashable, CaseIterable {
  /// The item was shown.
  case impression = 1
  /// The item was clicked.
  case click = 2
  /// The item was watched, read or played; the value is the dwell in seconds, 0 where unknown.
  case view = 3
  /// The user said that they like it.
  case like = 4
  /// The user said that they do not like it.
  case dislike = 5
  /// The value is a rating from 1 to 5.
  case rating = 6
  /// The item was put into the cart.
  case addToCart = 7
  /// The item was bought; the value is the amount paid.
  case purchase = 8

  /// How strongly such an act speaks for the item: > 0 a liking, < 0 a dislike, 0 nothing.
  ///
  /// Training and serving both take it from here: it is the weight of a history entry and the
  /// confidence that models give to an interaction.
  ///
  /// - Parameter value: the event's value; used for ratings only.
  /// - Returns: from -1 to 1.5.
  public func preference(value: Double) -> Float {
    switch self {
    case .impression: 0
    case .click: 0.3
    case .view: 0.5
    case .like: 1
    case .dislike: -1
    case .rating: Float(max(-1, min(1, (value - 2.5) / 2.5)))
    case .addToCart: 0.8
    case .purchase: 1.5
    }
  }

  /// Whether such an act puts the item into the user's seen set.
  public var marksSeen: Bool { self != .impression }
}

/// Something that a user did with an item.
public struct Event: Sendable, Hashable {
  /// Makes recording idempotent; empty for none.
  public var eventID: String
  /// The user, or the anonymous session.
  public var user: UserID
  /// The item.
  public var item: ItemID
  /// What was done.
  public var type: EventType
  /// Its meaning depends on the type.
  public var value: Double
  /// Unix time in milliseconds.
  public var timeMilliseconds: Int64
  /// The slate that led to it; empty for none.
  public var attributionToken: String
  /// Place in that slate, from 1; 0 unknown.
  public var position: UInt32
  /// Where in the client's product it happened.
  public var surface: String

  /// An event.
  public init(
    eventID: String = "", user: UserID, item: ItemID, type: EventType, value: Double = 0,
    timeMilliseconds: Int64, attributionToken: String = "", position: UInt32 = 0,
    surface: String = ""
  ) {
    self.eventID = eventID
    self.user = user
    self.item = item
    self.type = type
    self.value = value
    self.timeMilliseconds = timeMilliseconds
    self.attributionToken = attributionToken
    self.position = position
    self.surface = surface
  }

  /// How strongly it speaks for the item; see ``EventType/preference(value:)``.
  public var preference: Float { type.preference(value: value) }
}

/// A user's past acts, newest first, as parallel columns; one entry an item.
public struct History: Sendable, Equatable {
  /// The items.
  public var items: [ItemID]
  /// How strongly the act speaks for each; see ``EventType/preference(value:)``.
  public var weights: [Float]
  /// When, Unix time in milliseconds.
  public var timesMilliseconds: [Int64]

  /// A history from columns of one length; longer columns are cut to the shortest.
  public init(items: [ItemID] = [], weights: [Float] = [], timesMilliseconds: [Int64] = []) {
    let count = min(items.count, weights.count, timesMilliseconds.count)
    self.items = Array(items.prefix(count))
    self.weights = Array(weights.prefix(count))
    self.timesMilliseconds = Array(timesMilliseconds.prefix(count))
  }

  /// Number of entries.
  public var count: Int { items.count }
  /// Whether nothing is known.
  public var isEmpty: Bool { items.isEmpty }
}
