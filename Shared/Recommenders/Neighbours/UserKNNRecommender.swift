import LinearAlgebra
import Models

/// What the users took whose histories are most alike (Resnick et al. 1994; cosine and kin).
///
/// Nothing to learn but sizes: neighbours are found when asked, in O(Σ over the history's items of their
/// users); memory is that of the feedback.
public struct UserKNNRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "user-knn"
  /// What it is.
  public static let summary = "what the users took whose histories are most alike"
  /// Its settings.
  public static let settings = NeighbourSettings.all(
    rows: "users", features: "items",
    neighbours: .integer(
      "neighbours", 1...100_000, search: 20...1000, logarithmic: true,
      "users who are listened to", default: { _ in 200 }))
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) -> any FittedRecommender {
    UserNeighbourScores(
      byUser: feedback.byUser, byItem: feedback.byItem,
      similarity: NeighbourSettings.similarity(
        values, rows: feedback.byUser, features: feedback.byItem, featureName: "items"),
      neighbours: values.integer("neighbours"), tail: PopularityTail(feedback))
  }
}

private struct UserNeighbourScores: FittedRecommender {
  let byUser: SparseRows
  let byItem: SparseRows
  let similarity: Similarity
  let neighbours: Int
  let tail: PopularityTail

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into scores: UnsafeMutableBufferPointer<Float>
  ) {
    let itemCount = byItem.rowCount
    scores.update(repeating: 0)
    let sums = RowAccumulator(columnCount: byUser.rowCount)
    let selector = TopKSelector(capacity: min(neighbours, byUser.rowCount))
    byItem.columns.withUnsafeBufferPointer { usersOf in
      byUser.columns.withUnsafeBufferPointer { itemsOf in
        for (place, user) in users.enumerated() {
          let row = UnsafeMutableBufferPointer(
            rebasing: scores[place * itemCount..<(place + 1) * itemCount])
          var size: Float = 0
          for item in asked.histories.distinct(user) {
            let weight = similarity.featureWeights[Int(item)]
            size += weight
            sums.add(weight, to: UnsafeBufferPointer(rebasing: usersOf[byItem.range(Int(item))]))
          }
          sums.drain { other, sum in
            // A user's own row, learned from, says nothing new.
            guard Int(other) != user else { return }
            selector.offer(
              similarity.value(sum: sum, size: size, other: Int(other)), row: other)
          }
          selector.drain { other, value in
            for entry in byUser.range(Int(other)) { row[Int(itemsOf[entry])] += value }
          }
          tail.fill(row)
        }
      }
    }
  }
}
