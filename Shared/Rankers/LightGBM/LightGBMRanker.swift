public import RecommendationCore

/// Trees of a LightGBM text model (Ke et al. 2017), served as they are.
///
/// Scores are margins, which order as predictions do and of which ``contributions(_:items:)`` are the parts;
/// ``predictions(_:)`` has what LightGBM's own `predict` gives.
public struct LightGBMRanker: Ranker {
  /// The name of this kind.
  public static let kind = "lightgbm"
  /// The name of the model's file in a bundle.
  static let fileName = "model.txt"

  /// What it reads.
  public let specification: RankerSpecification
  private let bytes: [UInt8]
  private let model: LightGBMModel
  /// Where the model finds each of its columns in a row.
  private let places: [Int]
  /// The vector evaluator, where the trees' form allows it; nil: the plain one.
  private let fast: LightGBMFastScorer?
  /// The expected margins of the training rows.
  private let bias: Double

  /// A ranker from the bytes of a `model.txt`.
  ///
  /// Where the model's column names are the specification's, in any order, columns are found by name; where none
  /// of them is, by place (`Column_0`, ...).
  ///
  /// - Throws: ``RankerError/Code/malformedModel`` with the reason; ``RankerError/Code/specificationMismatch`` when
  ///   the columns do not fit.
  public init(model bytes: [UInt8], specification: RankerSpecification) throws {
    let model = try LightGBMReader.model(bytes)
    places = try Self.places(of: model, in: specification)
    self.bytes = bytes
    self.model = model
    self.specification = specification
    fast = LightGBMFastScorer(model, places: places, columnCount: specification.columnCount)
    bias = model.trees.reduce(0) { $0 + $1.expectedValue }
  }

  /// "lightgbm".
  public var kind: String { Self.kind }

  /// Whether scores come from the evaluator that XGBoost's trees use too.
  var isFast: Bool { fast != nil }

  /// Margins of the rows.
  public func score(_ rows: FeatureMatrix, items: [ItemID]) throws -> [Float] {
    try check(rows, items: items)
    let scores = margins(rows).map { Float($0) }
    guard scores.allSatisfy(\.isFinite) else {
      throw RankerError(.nonFiniteScore, "the model gave a score that is no finite number")
    }
    return scores
  }

  /// What LightGBM's `predict` gives: a margin, made a probability or a count where the objective is one.
  public func predictions(_ rows: FeatureMatrix) throws -> [Double] {
    try check(rows, items: [])
    return margins(rows).map { model.prediction($0) }
  }

  /// SHAP values of the rows, the bias last.
  public func contributions(_ rows: FeatureMatrix, items: [ItemID]) throws -> FeatureMatrix {
    try check(rows, items: items)
    var result = FeatureMatrix(rows: rows.rows, columns: rows.columns + 1)
    for row in 0..<rows.rows {
      var parts = [Double](repeating: 0, count: model.columnCount)
      for tree in model.trees {
        LightGBMAttribution(tree: tree).add(to: &parts) { Double(rows[row, places[$0]]) }
      }
      for (column, part) in parts.enumerated() {
        result[row, places[column]] = Float(part)
      }
      result[row, rows.columns] = Float(bias)
    }
    return result
  }

  /// The model's file.
  public func files() throws -> [String: [UInt8]] { [Self.fileName: bytes] }

  private func margins(_ rows: FeatureMatrix) -> [Double] {
    if let fast { return fast.margins(rows) }
    return (0..<rows.rows).map { row in
      rows.values.withUnsafeBufferPointer { values in
        let start = row * rows.columns
        return model.margin { Double(values[start + places[$0]]) }
      }
    }
  }

  private static func places(
    of model: LightGBMModel, in specification: RankerSpecification
  ) throws -> [Int] {
    let known = Dictionary(
      zip(specification.columnNames, 0...), uniquingKeysWith: { first, _ in first })
    let named = model.columnNames.filter { known[$0] != nil }.count
    guard model.columnCount == specification.columnCount else {
      throw RankerError(
        .specificationMismatch,
        "the model reads \(model.columnCount) columns, its specification has "
          + "\(specification.columnCount)")
    }
    if named == 0 { return Array(0..<model.columnCount) }
    let places = model.columnNames.compactMap { known[$0] }
    guard named == model.columnCount, Set(places).count == places.count else {
      let strange = model.columnNames.filter { known[$0] == nil }.prefix(5)
      throw RankerError(
        .specificationMismatch,
        "columns that the specification does not have: \(strange.joined(separator: ", "))")
    }
    return places
  }
}
