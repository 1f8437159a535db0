internal import RecommendationCore

/// Adds to each column the same one standardised within its query: how a row stands among the rows that it competes
/// with, which is what ranking asks.
enum RelativeColumns {
  /// Rows with twice the columns. A missing value stays missing; where a query's values are all alike, 0.
  static func added(to rows: FeatureMatrix, groups: [Int]) -> FeatureMatrix {
    let columns = rows.columns
    var wide = FeatureMatrix(rows: rows.rows, columns: columns * 2)
    for row in 0..<rows.rows {
      for column in 0..<columns { wide[row, column] = rows[row, column] }
    }
    var start = 0
    for group in groups {
      let range = start..<(start + group)
      start += group
      for column in 0..<columns {
        let (mean, deviation) = spread(rows, range, column)
        for row in range {
          wide[row, columns + column] = (rows[row, column] - mean) / deviation
        }
      }
    }
    return wide
  }

  /// Mean and standard deviation of the values that are there.
  private static func spread(
    _ rows: FeatureMatrix, _ range: Range<Int>, _ column: Int
  ) -> (mean: Float, deviation: Float) {
    var (count, sum, squares) = (0.0, 0.0, 0.0)
    for row in range where !rows[row, column].isNaN {
      count += 1
      sum += Double(rows[row, column])
    }
    guard count > 0 else { return (0, 1) }
    let mean = sum / count
    for row in range where !rows[row, column].isNaN {
      squares += (Double(rows[row, column]) - mean) * (Double(rows[row, column]) - mean)
    }
    let deviation = (squares / count).squareRoot()
    // Roundings of values that are all alike are no spread.
    return (Float(mean), deviation > 1e-6 * max(1e-30, abs(mean)) ? Float(deviation) : 1)
  }
}
