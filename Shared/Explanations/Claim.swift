public import RecommendationCore

/// What a sentence says, before it is put into words. Made only from numbers that bear it.
public enum Claim: Sendable, Hashable {
  /// A past item that a sentence names, and how the user met it.
  public struct NamedItem: Sendable, Hashable {
    /// The item.
    public var item: ItemID
    /// For people.
    public var title: String
    /// How the user met it.
    public var act: Act

    /// A named item.
    public init(item: ItemID, title: String, act: Act) {
      self.item = item
      self.title = title
      self.act = act
    }
  }

  /// Which part of the history a count is over.
  public enum Basis: Sendable, Hashable {
    /// Entries that the user liked or bought.
    case likes
    /// Entries that speak for their item at all.
    case history
  }

  /// These past items carry a real share of the score.
  case pastItems([NamedItem])
  /// So many of the latest entries have all these categories.
  case taste(categories: [String], count: Int, of: Int, basis: Basis)
  /// The item is described much like this past item: the cosine of both in the text space.
  case contentNeighbour(NamedItem, cosine: Double)
  /// The item's place among what people like these days.
  case trending(place: Int, of: Int)
  /// A business rule put it there.
  case rule(id: String)
  /// It is there, by a draw with this probability, so that something may be learned of it.
  case exploration(probability: Double)
}
