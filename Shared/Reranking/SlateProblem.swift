public import RecommendationCore

/// Ranked candidates of which a slate is to be made.
public struct SlateProblem: Sendable {
  /// The candidates, in the order that decides between equals.
  public var items: [ItemID]
  /// The ranker's scores; one that is no finite number ranks below all that are.
  public var relevance: [Float]
  /// How many to select.
  public var count: Int
  /// How alike the candidates are; nil: nothing is known of that.
  public var similarity: (any ItemSimilarity)?
  /// Limits by group.
  public var caps: [SlateCap]

  /// A problem. Relevance that is missing counts as none.
  public init(
    items: [ItemID], relevance: [Float], count: Int, similarity: (any ItemSimilarity)? = nil,
    caps: [SlateCap] = []
  ) {
    self.items = items
    self.relevance = Array(relevance.prefix(items.count))
    if relevance.count < items.count {
      self.relevance += [Float](repeating: .nan, count: items.count - relevance.count)
    }
    self.count = max(0, min(count, items.count))
    self.similarity = similarity?.count == items.count ? similarity : nil
    self.caps = caps
  }

  /// Indices by relevance, best first; what is no finite number comes last.
  ///
  /// Equals keep the order in which they came: the caller's ranking has broken its ties already, and
  /// knows better by what (the order of retrieval, say) than this does.
  var order: [Int] {
    var keys = relevance.enumerated().map { index, score in
      (score: score.isFinite ? score : -.infinity, index: index)
    }
    keys.sort { $0.score == $1.score ? $0.index < $1.index : $0.score > $1.score }
    return keys.map(\.index)
  }

  /// Relevance from 0 (the worst) to 1 (the best); nil for what is no finite number.
  var normalisedRelevance: [Float?] {
    let finite = relevance.filter(\.isFinite)
    guard let lowest = finite.min(), let highest = finite.max() else {
      return relevance.map { _ in nil }
    }
    // In halves, because the difference of two finite numbers may be infinite.
    let range = highest / 2 - lowest / 2
    return relevance.map { score in
      guard score.isFinite else { return nil }
      return range > 0 ? (score / 2 - lowest / 2) / range : 1
    }
  }
}

/// The slate that a selector made, and what it cost.
public struct SlateChoice: Sendable, Equatable {
  /// Indices of the selected candidates, in the order of the slate.
  public var indices: [Int]
  /// How many slots broke a cap, by its name, because nothing else was left to fill them.
  public var relaxedCaps: [String: Int]
  /// Mean distance (1 - similarity) between the items of the slate that relevance alone would make.
  public var distanceBefore: Double
  /// The same of this slate.
  public var distanceAfter: Double
  /// Relevance of this slate over that of the slate that relevance alone would make; 1: nothing given
  /// up.
  public var relevanceKept: Double
}

/// Makes slates: selects and orders. Selectors lose nothing and repeat nothing: a slate has as many
/// items as were asked for, or all of them.
public protocol SlateSelector: Sendable {
  /// The slate.
  func select(_ problem: SlateProblem) -> SlateChoice
}
