import LinearAlgebra
import Models

/// Scores by a ``SpectralFilter``.
struct SpectralScores: FittedRecommender {
  /// The feedback, divided by powers of its degrees, by user and by item.
  let byUser: SparseRows
  let byItem: SparseRows
  let filter: SpectralFilter
  let tail: PopularityTail

  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into scores: UnsafeMutableBufferPointer<Float>
  ) {
    let (itemCount, width) = (byItem.rowCount, filter.left.columns)
    let histories = users.map { asked.histories.distinct($0) }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, users.count * width)) { query in
      query.initialize(repeating: 0)
      if width > 0, let base = query.baseAddress, let target = scores.baseAddress {
        filter.left.withUnsafeValues { left in
          guard let left = left.baseAddress else { return }
          for (place, history) in histories.enumerated() {
            for item in history {
              Kernels.add(
                left + Int(item) * width, scale: 1, to: base + place * width, count: width)
            }
          }
        }
        filter.right.withUnsafeValues { right in
          guard let right = right.baseAddress else { return }
          Kernels.multiplyByTransposed(
            base, leftRows: users.count, right, rightRows: itemCount, columns: width, into: target)
        }
      } else {
        scores.update(repeating: 0)
      }
    }
    let neighbours = RowAccumulator(columnCount: byUser.rowCount)
    for (place, history) in histories.enumerated() {
      let row = UnsafeMutableBufferPointer(
        rebasing: scores[place * itemCount..<(place + 1) * itemCount])
      if filter.weight != 0 { smooth(history, neighbours, into: row) }
      if history.isEmpty { tail.fill(row) }
    }
  }

  /// Adds what the users of the history's items took.
  private func smooth(
    _ history: [Int32], _ neighbours: RowAccumulator, into row: UnsafeMutableBufferPointer<Float>
  ) {
    for item in history {
      for entry in byItem.range(Int(item)) {
        neighbours.add(byItem.values[entry], to: byItem.columns[entry])
      }
    }
    byUser.columns.withUnsafeBufferPointer { columns in
      byUser.values.withUnsafeBufferPointer { values in
        neighbours.drain { user, weight in
          let weight = weight * filter.weight
          for entry in byUser.range(Int(user)) {
            row[Int(columns[entry])] += weight * values[entry]
          }
        }
      }
    }
  }
}
