import Foundation
import LinearAlgebra

/// Scores by a dense matrix between items: each item of the history adds its row, times a weight.
struct DenseItemScores: FittedRecommender {
  /// A row an item of the history, a column an item that is scored.
  let weights: Matrix
  let history: HistoryWeights
  let tail: PopularityTail

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into scores: UnsafeMutableBufferPointer<Float>
  ) {
    let itemCount = weights.columns
    scores.update(repeating: 0)
    guard let target = scores.baseAddress else { return }
    weights.withUnsafeValues { weights in
      guard let weights = weights.baseAddress else { return }
      for (place, user) in users.enumerated() {
        let row = target + place * itemCount
        let items = history.items(of: user, in: asked.histories)
        for (item, weight) in items {
          Kernels.add(weights + Int(item) * itemCount, scale: weight, to: row, count: itemCount)
        }
        if items.isEmpty {
          tail.fill(UnsafeMutableBufferPointer(start: row, count: itemCount))
        }
      }
    }
  }
}

/// How much each item of a history counts.
struct HistoryWeights: Sendable {
  /// Places from the end after which an item counts half; nil: all alike.
  let halfLife: Float?

  /// A user's items, each once with the weight of its latest place, in the order of rows or of time.
  func items(of user: Int, in histories: Histories) -> [(item: Int32, weight: Float)] {
    guard let halfLife, histories.isOrdered else {
      return histories.distinct(user).map { ($0, 1) }
    }
    let decay = exp2f(-1 / halfLife)
    var (weight, seen): (Float, Set<Int32>) = (1, [])
    var kept: [(Int32, Float)] = []
    for item in histories[user].reversed() {
      if seen.insert(item).inserted { kept.append((item, weight)) }
      weight *= decay
      // What counts less than this moves no place.
      if weight < 1e-5 { break }
    }
    return kept
  }
}
