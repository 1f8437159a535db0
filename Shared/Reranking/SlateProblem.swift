public import RecommendationCore

/// Ranked candidates of which a slate is to be made, and what is wanted of it. Everything may be wanted at once.
///
/// Similarity, windows and calibration may know more than the candidates: after them, in order, the `before` items
/// that stand before the slate, because earlier pages showed them. These are never selected; the slate neither
/// clusters with them nor repeats what a window has had enough of.
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
  /// Limits by group in a row.
  public var windows: [SlateWindow] = []
  /// The mix that is wanted.
  public var calibration: SlateCalibration?
  /// Places kept for certain items; the earlier one wins.
  public var quotas: [SlateQuota] = []
  /// Fixed places, by rising slot, a slot and a candidate once. A pin whose place the slate does not reach comes at
  /// its end.
  public var pins: [SlatePin] = []
  /// What rules add to each score, on the ranker's scale; empty: nothing.
  public var boosts: [Float] = []
  /// What each candidate's relevance (0, the worst, to 1) is multiplied with, each 0 to 1: see ``Freshness``,
  /// ``Unexpectedness``, ``PopularityBias``; empty: nothing.
  public var factors: [Float] = []
  /// Number of items that stand before the slate.
  public var before = 0
  /// The scores that stand for 0 and 1; nil: the least and the greatest. A later page takes those of all pages.
  public var range: ClosedRange<Float>?

  /// A problem. Relevance that is missing counts as none.
  public init(
    items: [ItemID], relevance: [Float], count: Int, similarity: (any ItemSimilarity)? = nil,
    caps: [SlateCap] = [], before: Int = 0
  ) {
    self.items = items
    self.relevance = Array(relevance.prefix(items.count))
    if relevance.count < items.count {
      self.relevance += [Float](repeating: .nan, count: items.count - relevance.count)
    }
    self.count = max(0, min(count, items.count))
    self.before = max(0, before)
    self.similarity = similarity?.count == items.count + self.before ? similarity : nil
    self.caps = caps
  }

  /// Indices by some scores, best first; what is no finite number comes last.
  ///
  /// Equals keep the order in which they came: the caller's ranking has broken its ties already, and
  /// knows better by what (the order of retrieval, say) than this does.
  static func order(by scores: [Float]) -> [Int] {
    if ScoreOrder.isBestFirst(scores) { return Array(scores.indices) }
    return ScoreOrder.bestFirst(scores).map { Int($0) }
  }

  /// What brings some scores to 0 (the worst) ... 1 (the best).
  func scale(of scores: [Float]) -> ScoreScale {
    var (lowest, highest) = (Float.infinity, -Float.infinity)
    for score in scores where score.isFinite {
      lowest = min(lowest, score)
      highest = max(highest, score)
    }
    if let range {
      lowest = min(lowest, range.lowerBound)
      highest = max(highest, range.upperBound)
    }
    return ScoreScale(lowest: lowest, highest: highest)
  }

  /// Scores from 0 (the worst) to 1 (the best); NaN for what is no finite number.
  func normalised(_ scores: [Float]) -> [Float] {
    let scale = scale(of: scores)
    return scores.map { scale.value($0) }
  }

  /// Relevance as it counts in the choice: normalised, with boosts and factors.
  var utility: [Float] {
    var utility =
      boosts.isEmpty ? normalised(relevance) : normalised(zip(relevance, boosts).map { $0 + $1 })
    if !factors.isEmpty {
      for index in utility.indices { utility[index] *= factors[index] }
    }
    return utility
  }
}

/// Brings scores to 0...1.
struct ScoreScale {
  private let halfLowest: Float
  private let halfWidth: Float

  // In halves, because the difference of two finite numbers may be infinite.
  init(lowest: Float, highest: Float) {
    halfLowest = lowest / 2
    halfWidth = highest / 2 - lowest / 2
  }

  /// 0 for the lowest, 1 for the highest, and for all where there is no width; NaN for what is no finite number.
  func value(_ score: Float) -> Float {
    guard score.isFinite else { return .nan }
    return halfWidth > 0 ? (score / 2 - halfLowest) / halfWidth : 1
  }
}

/// The slate that a selector made, and what it cost.
public struct SlateChoice: Sendable, Equatable {
  /// Indices of the selected candidates, in the order of the slate.
  public var indices: [Int]
  /// How many places broke a cap or window, by its name, because nothing else was left to fill them.
  public var relaxed: [String: Int]
  /// Places of the slate that were filled for a quota's sake, and the quota.
  public var quotaPlaces: [Int: Int]
  /// Mean distance (1 - similarity) between the items of the slate that relevance alone would make.
  public var distanceBefore: Double
  /// The same of this slate.
  public var distanceAfter: Double
  /// Relevance of this slate over that of the slate that relevance alone would make; 1: nothing given
  /// up.
  public var relevanceKept: Double
}

/// Makes slates: selects and orders. Selectors repeat nothing, and lose nothing but what a quota's maximum shuts out:
/// a slate has as many items as were asked for, or all of them.
public protocol SlateSelector: Sendable {
  /// The slate.
  func select(_ problem: SlateProblem) -> SlateChoice
}
