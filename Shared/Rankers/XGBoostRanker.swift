public import RecommendationCore

/// Gradient-boosted trees, run by XGBoost (Chen and Guestrin 2016).
public struct XGBoostRanker: Ranker {
  /// The name of this kind.
  public static let kind = "xgboost"
  /// The name of the model's file in a bundle.
  static let fileName = "model.ubj"

  /// What it reads.
  public let specification: RankerSpecification
  private let pool: XGBoostBoosterPool

  /// A ranker from the bytes of a `.ubj` file.
  ///
  /// - Parameters:
  ///   - model: the model; refused unless it reads exactly the specification's columns.
  ///   - specification: what the columns are.
  ///   - threads: how many threads will score at once: a booster serves one at a time.
  public init(model: [UInt8], specification: RankerSpecification, threads: Int = 1) throws {
    // First of all: the library trusts the bytes, so it only sees those that were checked.
    let count = try TreeEnsemble(model: model).columnCount
    guard count == specification.columnCount else {
      throw RankerError(
        .specificationMismatch,
        "the model reads \(count) columns, its specification has \(specification.columnCount)")
    }
    self.specification = specification
    pool = try XGBoostBoosterPool(model: model, capacity: threads)
  }

  /// "xgboost".
  public var kind: String { Self.kind }

  /// Margins of the rows.
  public func score(_ rows: FeatureMatrix, items: [ItemID]) throws -> [Float] {
    try check(rows, items: items)
    guard rows.rows > 0 else { return [] }
    let scores = try pool.withBooster { try $0.margins(rows) }
    // A comparison with itself fails for NaN, one with infinity for the infinities.
    guard scores.allSatisfy({ abs($0) < .infinity }) else {
      throw RankerError(.nonFiniteScore, "the model gave a score that is no finite number")
    }
    return scores
  }

  /// SHAP values of the rows.
  public func contributions(_ rows: FeatureMatrix, items: [ItemID]) throws -> FeatureMatrix {
    try check(rows, items: items)
    guard rows.rows > 0 else { return FeatureMatrix(rows: 0, columns: rows.columns + 1) }
    let values = try pool.withBooster { try $0.contributions(rows) }
    guard let matrix = FeatureMatrix(rows: rows.rows, columns: rows.columns + 1, values: values)
    else { throw RankerError(.library, "contributions of another shape") }
    return matrix
  }

  /// The model's file.
  public func files() throws -> [String: [UInt8]] { [Self.fileName: pool.model] }
}
