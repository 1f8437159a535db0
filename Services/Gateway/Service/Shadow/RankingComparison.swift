/// How far two rankings of the same candidates agree.
struct RankingComparison: Sendable, Equatable {
  /// Share of the first places that both give to the same items, in any order.
  var overlap: Double
  /// Spearman's rank correlation: 1 for the same order, -1 for the reverse; 1 for fewer than two candidates.
  var rankCorrelation: Double
  /// Mean number of places by which a candidate moves.
  var meanRankShift: Double

  /// Compares.
  ///
  /// - Parameters:
  ///   - scores: of the other ranking, one a candidate, in the order of the first: that of place 1 first. Equal
  ///     scores keep that order; what is not finite is last.
  ///   - top: how many first places `overlap` looks at.
  /// - Complexity: O(n log n).
  init(scores: [Float], top: Int) {
    let order = scores.indices.sorted { left, right in
      let (first, second) = (scores[left], scores[right])
      guard first.isFinite, second.isFinite, first != second else {
        return first.isFinite == second.isFinite ? left < right : first.isFinite
      }
      return first > second
    }
    let count = scores.count
    let compared = min(max(1, top), count)
    overlap =
      count == 0 ? 1 : Double(order.prefix(compared).count { $0 < compared }) / Double(compared)
    var squares = 0.0
    var shifts = 0.0
    for (place, candidate) in order.enumerated() {
      let shift = Double(place - candidate)
      squares += shift * shift
      shifts += abs(shift)
    }
    let n = Double(count)
    rankCorrelation = count < 2 ? 1 : 1 - 6 * squares / (n * (n * n - 1))
    meanRankShift = count == 0 ? 0 : shifts / n
  }
}
