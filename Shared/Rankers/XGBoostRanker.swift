public import RecommendationCore

/// Gradient-boosted trees, run by XGBoost (Chen and Guestrin 2016).
public struct XGBoostRanker: Ranker {
  /// The name of this kind.
  public static let kind = "xgboost"
  /// The name of the model's file in a bundle.
  static let fileName = "model.ubj"

  /// What computes the scores.
  public enum Evaluator: Sendable {
    /// Our own, where the trees are shallow enough for it: some five times as fast, equal bit by bit.
    case own
    /// XGBoost's.
    case library
  }

  /// What it reads.
  public let specification: RankerSpecification
  private let pool: XGBoostBoosterPool
  private let scorer: TreeScorer?
  private let wideScorer: WideTreeScorer?
  /// Takes scores apart: points for the depth of the trees; nil both where the library has to.
  private let attribution: TreeAttribution<SIMD4<Float>>?
  private let deepAttribution: TreeAttribution<SIMD8<Float>>?

  /// A ranker from the bytes of a `.ubj` file.
  ///
  /// - Parameters:
  ///   - model: the model; refused unless it reads exactly the specification's columns.
  ///   - specification: what the columns are.
  ///   - threads: how many threads will score at once: a booster serves one at a time.
  ///   - evaluator: what computes the scores, and takes them apart.
  public init(
    model: [UInt8], specification: RankerSpecification, threads: Int = 1,
    evaluator: Evaluator = .own
  ) throws {
    // First of all: the library trusts the bytes, so it only sees those that were checked.
    let ensemble = try TreeEnsemble(model: model)
    guard ensemble.columnCount == specification.columnCount else {
      throw RankerError(
        .specificationMismatch,
        "the model reads \(ensemble.columnCount) columns, its specification has "
          + "\(specification.columnCount)")
    }
    self.specification = specification
    scorer = evaluator == .own ? TreeScorer(ensemble) : nil
    wideScorer = evaluator == .own ? WideTreeScorer(ensemble) : nil
    attribution = evaluator == .own ? TreeAttribution(ensemble) : nil
    deepAttribution = evaluator == .own && attribution == nil ? TreeAttribution(ensemble) : nil
    // Where the library only takes scores apart, which is rare, one booster is enough.
    pool = try XGBoostBoosterPool(model: model, capacity: scorer == nil ? threads : 1)
  }

  /// "xgboost".
  public var kind: String { Self.kind }

  /// Margins of the rows.
  public func score(_ rows: FeatureMatrix, items: [ItemID]) throws -> [Float] {
    try check(rows, items: items)
    guard rows.rows > 0 else { return [] }
    let own = wideScorer?.scores(rows) ?? scorer?.scores(rows)
    let scores = try own ?? pool.withBooster { try $0.margins(rows) }
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
    if let own = attribution?.contributions(rows) ?? deepAttribution?.contributions(rows) {
      return own
    }
    let values = try pool.withBooster { try $0.contributions(rows) }
    guard let matrix = FeatureMatrix(rows: rows.rows, columns: rows.columns + 1, values: values)
    else { throw RankerError(.library, "contributions of another shape") }
    return matrix
  }

  /// The model's file.
  public func files() throws -> [String: [UInt8]] { [Self.fileName: pool.model] }
}
