import Models

/// Scores by a sparse matrix between items: each item of the history adds its row.
struct ItemWeightScores: FittedRecommender {
  /// A row an item of the history: the items that it speaks for.
  let weights: SparseRows
  let tail: PopularityTail

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into scores: UnsafeMutableBufferPointer<Float>
  ) {
    let itemCount = weights.columnCount
    scores.update(repeating: 0)
    weights.columns.withUnsafeBufferPointer { columns in
      weights.values.withUnsafeBufferPointer { values in
        for (place, user) in users.enumerated() {
          let row = UnsafeMutableBufferPointer(
            rebasing: scores[place * itemCount..<(place + 1) * itemCount])
          for item in asked.histories.distinct(user) {
            for entry in weights.range(Int(item)) { row[Int(columns[entry])] += values[entry] }
          }
          tail.fill(row)
        }
      }
    }
  }
}
