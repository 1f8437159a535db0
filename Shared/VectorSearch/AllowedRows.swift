internal import CVectors
import LinearAlgebra

/// Exact scores of the rows that a filter allows, and of no others.
enum AllowedRows {
  /// Offers the scores of all allowed rows to a selector. O(rows / 64 + allowed · dimensions).
  ///
  /// - Parameters:
  ///   - filter: nil: all rows.
  ///   - rows: scratch for `capacity`, as are the scores.
  static func offer(
    _ filter: RowFilter?, of count: Int, _ vectors: UnsafePointer<Float>, _ query: [Float],
    rows: UnsafeMutablePointer<Int32>, scores: UnsafeMutablePointer<Float>, capacity: Int,
    to selector: TopKSelector
  ) {
    var waiting = 0
    func score() {
      cvectors_dot_rows(vectors, query.count, rows, waiting, query, scores)
      for place in 0..<waiting where scores[place] >= selector.threshold {
        selector.offer(scores[place], row: rows[place])
      }
      waiting = 0
    }
    func add(_ row: Int) {
      rows[waiting] = Int32(truncatingIfNeeded: row)
      waiting += 1
      if waiting == capacity { score() }
    }
    if let filter { filter.forEachAllowed(add) } else { (0..<count).forEach(add) }
    score()
  }
}
