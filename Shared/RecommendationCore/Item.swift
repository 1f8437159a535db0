/// A value of an item attribute or of a context key.
public enum AttributeValue: Sendable, Hashable {
  /// A text.
  case text(String)
  /// A number.
  case number(Double)
  /// Yes or no.
  case flag(Bool)
  /// Several texts.
  case texts([String])
}

/// An item of the catalogue.
public struct Item: Sendable, Hashable {
  /// The client's own id.
  public var externalID: String
  /// For people.
  public var title: String
  /// For people and for text features.
  public var description: String
  /// Categories or genres.
  public var categories: [String]
  /// Free attributes.
  public var attributes: [String: AttributeValue]
  /// Year of release.
  public var year: Int32?
  /// In the catalogue's currency.
  public var price: Double?
  /// Where its picture is; empty for none.
  public var imageURI: String
  /// Not recommended before this time, Unix time in milliseconds.
  public var availableFromMilliseconds: Int64?
  /// Not recommended from this time on, Unix time in milliseconds.
  public var availableUntilMilliseconds: Int64?

  /// An item.
  public init(
    externalID: String, title: String, description: String = "", categories: [String] = [],
    attributes: [String: AttributeValue] = [:], year: Int32? = nil, price: Double? = nil,
    imageURI: String = "", availableFromMilliseconds: Int64? = nil,
    availableUntilMilliseconds: Int64? = nil
  ) {
    self.externalID = externalID
    self.title = title
    self.description = description
    self.categories = categories
    self.attributes = attributes
    self.year = year
    self.price = price
    self.imageURI = imageURI
    self.availableFromMilliseconds = availableFromMilliseconds
    self.availableUntilMilliseconds = availableUntilMilliseconds
  }

  /// The key by which it travels between services.
  public var id: ItemID { ItemID(external: externalID) }
}

/// Conditions on items; all that are set must hold.
public struct ItemFilter: Sendable, Equatable {
  /// An inclusive range over a numeric attribute, `year` or `price`.
  public struct Range: Sendable, Equatable {
    /// `year`, `price`, or the name of a numeric attribute.
    public var attribute: String
    /// Smallest value that matches; nil: no lower bound.
    public var minimum: Double?
    /// Largest value that matches; nil: no upper bound.
    public var maximum: Double?
    /// A range.
    public init(attribute: String, minimum: Double? = nil, maximum: Double? = nil) {
      self.attribute = attribute
      self.minimum = minimum
      self.maximum = maximum
    }
  }

  /// An attribute that must have one of some values.
  public struct Match: Sendable, Equatable {
    /// Name of the attribute.
    public var attribute: String
    /// Values of which it must have one.
    public var anyValues: [String]
    /// A match.
    public init(attribute: String, anyValues: [String]) {
      self.attribute = attribute
      self.anyValues = anyValues
    }
  }

  /// Keep items with at least one of these; empty for no such condition.
  public var anyCategories: [String]
  /// Drop items with any of these.
  public var noneCategories: [String]
  /// Ranges that must all hold. An item without the attribute does not match.
  public var ranges: [Range]
  /// Matches that must all hold.
  public var attributes: [Match]
  /// Only these items; empty for no such condition.
  public var allow: [ItemID]
  /// Never these items.
  public var deny: [ItemID]

  /// A filter.
  public init(
    anyCategories: [String] = [], noneCategories: [String] = [], ranges: [Range] = [],
    attributes: [Match] = [], allow: [ItemID] = [], deny: [ItemID] = []
  ) {
    self.anyCategories = anyCategories
    self.noneCategories = noneCategories
    self.ranges = ranges
    self.attributes = attributes
    self.allow = allow
    self.deny = deny
  }

  /// Whether it lets everything through.
  public var isEmpty: Bool {
    anyCategories.isEmpty && noneCategories.isEmpty && ranges.isEmpty && attributes.isEmpty
      && allow.isEmpty && deny.isEmpty
  }
}
