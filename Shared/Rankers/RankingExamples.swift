public import RecommendationCore

/// Examples to train or validate a ranker on: rows in groups, one group a request.
public struct RankingExamples: Sendable {
  /// One row a candidate, columns as a specification orders them; NaN is missing.
  public var rows: FeatureMatrix
  /// How relevant each row is: 0 not at all, at most 31.
  public var labels: [Float]
  /// How many rows each group has, in order.
  public var groups: [Int]

  /// Examples.
  public init(rows: FeatureMatrix, labels: [Float], groups: [Int]) {
    self.rows = rows
    self.labels = labels
    self.groups = groups
  }

  /// Refuses what nothing can be learned from.
  func check(_ name: String, specification: RankerSpecification) throws {
    func refuse(_ why: String) -> RankerError { RankerError(.invalidTraining, "\(name): \(why)") }
    guard rows.rows > 0 else { throw refuse("no rows") }
    guard rows.columns == specification.columnCount else {
      throw refuse("\(rows.columns) columns, the specification has \(specification.columnCount)")
    }
    guard labels.count == rows.rows else { throw refuse("\(labels.count) labels") }
    guard groups.allSatisfy({ $0 > 0 }), groups.reduce(0, +) == rows.rows else {
      throw refuse("the groups do not add up to \(rows.rows) rows")
    }
    // The gain of a label is 2^label - 1, hence the limit.
    guard labels.allSatisfy({ $0 >= 0 && $0 <= 31 }) else {
      throw refuse("labels must be from 0 to 31")
    }
    guard labels.contains(where: { $0 > 0 }) else { throw refuse("no row is relevant") }
    guard !rows.values.contains(where: { $0.isInfinite }) else {
      throw refuse("a value is infinite")
    }
  }
}
