import RecommendationCore

/// Rows of a model, best first, and what was not known to it: the answer of a search in one.
public struct RankedRows: Sendable, Equatable {
  /// Rows, best first; ties by row, which is the order of the items' keys.
  public var rows: [Int32] = []
  /// The score of each.
  public var scores: [Float] = []
  /// How many entries of the history took part.
  public var usedEntries = 0
  /// Items of the history that the model does not know.
  public var missing: [ItemID] = []

  /// Nothing found.
  public init() {}
}
