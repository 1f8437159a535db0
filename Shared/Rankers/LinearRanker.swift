public import RecommendationCore

internal import Foundation

/// A weighted sum of standardised columns: weights set by hand, or those of a logistic model.
public struct LinearRanker: Ranker {
  /// The name of this kind.
  public static let kind = "linear"
  /// The name of the model's file in a bundle.
  static let fileName = "weights.json"

  /// How one column counts.
  public struct Term: Codable, Sendable, Hashable {
    /// Contribution of one `scale` above the mean.
    public var weight: Float
    /// Subtracted first. A missing value counts as the mean, so it contributes nothing.
    public var mean: Float
    /// Divided by then; above 0.
    public var scale: Float

    /// A term.
    public init(weight: Float, mean: Float = 0, scale: Float = 1) {
      self.weight = weight
      self.mean = mean
      self.scale = scale
    }
  }

  private struct Weights: Codable {
    var bias: Float
    var terms: [String: Term]
  }

  /// What it reads.
  public let specification: RankerSpecification
  private let weights: Weights
  private let terms: [Term?]

  /// A ranker from terms by column name; columns without a term do not count.
  public init(
    bias: Float = 0, terms: [String: Term], specification: RankerSpecification
  ) throws {
    let unknown = Set(terms.keys).subtracting(specification.columnNames)
    guard unknown.isEmpty else {
      throw RankerError(
        .specificationMismatch,
        "weights of unknown columns: \(unknown.sorted().joined(separator: ", "))")
    }
    let isSound = terms.values.allSatisfy {
      $0.weight.isFinite && $0.mean.isFinite && $0.scale.isFinite && $0.scale > 0
    }
    guard bias.isFinite, isSound else {
      throw RankerError(.malformedModel, "weights must be finite and scales above 0")
    }
    self.specification = specification
    weights = Weights(bias: bias, terms: terms)
    self.terms = specification.columnNames.map { terms[$0] }
  }

  /// A ranker from the bytes of its file.
  public init(model: [UInt8], specification: RankerSpecification) throws {
    let weights: Weights
    do {
      weights = try JSONDecoder().decode(Weights.self, from: Data(model))
    } catch {
      throw RankerError(.malformedModel, "\(Self.fileName) is not a linear model", cause: error)
    }
    try self.init(bias: weights.bias, terms: weights.terms, specification: specification)
  }

  /// "linear".
  public var kind: String { Self.kind }

  /// Weighted sums of the rows.
  public func score(_ rows: FeatureMatrix, items: [ItemID]) throws -> [Float] {
    let contributions = try contributions(rows, items: items)
    return try (0..<rows.rows).map { row in
      let score = (0..<contributions.columns).reduce(Float(0)) { $0 + contributions[row, $1] }
      guard score.isFinite else {
        throw RankerError(.nonFiniteScore, "row \(row) has no finite score")
      }
      return score
    }
  }

  /// What each column adds; the bias last.
  public func contributions(_ rows: FeatureMatrix, items: [ItemID]) throws -> FeatureMatrix {
    try check(rows, items: items)
    var contributions = FeatureMatrix(rows: rows.rows, columns: rows.columns + 1)
    for row in 0..<rows.rows {
      for (column, term) in terms.enumerated() {
        guard let term, !rows[row, column].isNaN else { continue }
        contributions[row, column] = term.weight * (rows[row, column] - term.mean) / term.scale
      }
      contributions[row, rows.columns] = weights.bias
    }
    return contributions
  }

  /// The weights' file.
  public func files() throws -> [String: [UInt8]] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return [Self.fileName: [UInt8](try encoder.encode(weights))]
  }
}
