import Foundation

/// How good the order of queries' rows is, by graded labels: what learning to rank is judged by.
///
/// NDCG@k of a query is Σ over its first k rows (2^label - 1) / log2(place + 1), over the same sum of the best
/// possible order (Järvelin, Kekäläinen 2002; gain of Burges et al. 2005). Rows of equal score stand worst first,
/// so that a scorer that gives all the same wins nothing.
public struct GradedMetrics: Sendable, Equatable {
  /// What a query without a relevant row counts.
  public enum Empty: Sendable {
    /// 1, as LightGBM and XGBoost have it.
    case one
    /// 0.
    case zero
    /// Nothing: the mean is over the other queries.
    case skipped
  }

  /// The numbers of places, as asked for.
  public let places: [Int]
  /// Mean NDCG at each of ``places``; 0 where no query counts.
  public let ndcg: [Double]
  /// Number of queries.
  public let queryCount: Int
  /// How many of them have no relevant row.
  public let emptyCount: Int

  /// The metrics of scores. O(rows · log rows).
  ///
  /// - Parameters:
  ///   - labels: from 0, not relevant, to 31; one a row.
  ///   - scores: higher is better; one a row.
  ///   - groups: how many rows each query has, in order; together as many as there are labels.
  ///   - places: each at least 1.
  public init(
    labels: [Float], scores: [Float], groups: [Int], places: [Int] = [1, 3, 5, 10],
    empty: Empty = .one
  ) {
    var sums = [Double](repeating: 0, count: places.count)
    var (counted, empties, start) = (0, 0, 0)
    for group in groups {
      let rows = start..<min(labels.count, scores.count, start + group)
      start += group
      guard let query = Self.query(labels: labels, scores: scores, rows: rows, places: places)
      else {
        empties += 1
        if empty != .skipped { counted += 1 }
        if empty == .one { for index in sums.indices { sums[index] += 1 } }
        continue
      }
      counted += 1
      for (index, value) in query.enumerated() { sums[index] += value }
    }
    self.places = places
    ndcg = sums.map { counted > 0 ? $0 / Double(counted) : 0 }
    queryCount = groups.count
    emptyCount = empties
  }

  /// NDCG at each number of places of one query; nil when nothing in it is relevant.
  private static func query(
    labels: [Float], scores: [Float], rows: Range<Int>, places: [Int]
  ) -> [Double]? {
    guard rows.contains(where: { labels[$0] > 0 }) else { return nil }
    let order = rows.sorted { (scores[$1], labels[$0]) < (scores[$0], labels[$1]) }
    let gains = order.map { exp2(Double(labels[$0])) - 1 }
    let best = gains.sorted(by: >)
    return places.map { place in
      Self.discounted(gains.prefix(place)) / Self.discounted(best.prefix(place))
    }
  }

  private static func discounted(_ gains: ArraySlice<Double>) -> Double {
    gains.enumerated().reduce(0) { $0 + $1.element / log2(Double($1.offset) + 2) }
  }
}
