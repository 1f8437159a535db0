public import RecommendationCore

/// A model that orders candidates. Any number of threads may use one at once.
public protocol Ranker: Sendable {
  /// What it is, e.g. "xgboost".
  var kind: String { get }
  /// What it reads.
  var specification: RankerSpecification { get }

  /// Scores of rows; higher is better.
  ///
  /// - Parameters:
  ///   - rows: one row a candidate, columns as the specification orders them; NaN is missing.
  ///   - items: the candidates, for kinds that bring their own tables of item facts. Empty where the
  ///     caller has no items; then such kinds take the rows alone.
  /// - Returns: one finite score a row.
  func score(_ rows: FeatureMatrix, items: [ItemID]) throws -> [Float]

  /// Additive contributions of every column to the scores.
  ///
  /// - Returns: rows x (columns + 1); the last column is the bias, a row's sum is its score.
  func contributions(_ rows: FeatureMatrix, items: [ItemID]) throws -> FeatureMatrix

  /// The files that make it up, by name, as a bundle stores them.
  func files() throws -> [String: [UInt8]]
}

extension Ranker {
  /// Scores of rows where the items behind them do not matter.
  public func score(_ rows: FeatureMatrix) throws -> [Float] { try score(rows, items: []) }

  /// Contributions where the items behind the rows do not matter.
  public func contributions(_ rows: FeatureMatrix) throws -> FeatureMatrix {
    try contributions(rows, items: [])
  }

  /// Refuses rows that the specification does not describe.
  func check(_ rows: FeatureMatrix, items: [ItemID]) throws {
    guard rows.columns == specification.columnCount else {
      throw RankerError(
        .wrongShape, "\(rows.columns) columns, the ranker reads \(specification.columnCount)")
    }
    guard items.isEmpty || items.count == rows.rows else {
      throw RankerError(.wrongShape, "\(items.count) items for \(rows.rows) rows")
    }
  }
}
