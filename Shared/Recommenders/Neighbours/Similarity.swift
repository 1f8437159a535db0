import Foundation
import Models

/// How alike two rows of a 0/1 matrix are: items by their users, or users by their items.
///
/// The features that two rows share each count with a weight, and their sum is set against the sizes of the
/// two rows.
struct Similarity: Sendable {
  /// The measures.
  enum Measure: String, CaseIterable, Sendable {
    /// Sum over sizeᵃ · size¹⁻ᵃ.
    case cosine
    /// Sum over the size of the union.
    case jaccard
    /// Cosine of rows whose features weigh by their rarity.
    case tfIdf = "tf-idf"
    /// Product of rows weighted by Okapi BM25 (Robertson, Zaragoza 2009).
    case bm25
  }

  let measure: Measure
  /// Weight of a shared feature.
  let featureWeights: [Float]
  /// Sum of the weights of each row's features.
  let sizes: [Float]
  /// Part of a product that each row brings, by its size: BM25's saturation with length.
  private let lengthFactors: [Float]
  private let exponent: Float
  private let shrinkage: Float

  /// What no data set decides: for counts of 0 and 1 it only softens the length factor.
  private static let saturation: Float = 1.2

  /// A measure over the rows of a matrix.
  ///
  /// - Parameters:
  ///   - features: the matrix turned: a row a feature.
  ///   - featureExponent: a shared feature of n rows weighs n to minus this (cosine, Jaccard).
  ///   - sizeExponent: share of the other row's size in the cosine's denominator, 0.5 in the plain cosine;
  ///     how much BM25 counts the length.
  ///   - shrinkage: added to the denominator; takes weight from rows of few features.
  init(
    _ measure: Measure, rows: SparseRows, features: SparseRows, featureExponent: Float,
    sizeExponent: Float, shrinkage: Float
  ) {
    self.measure = measure
    exponent = sizeExponent
    self.shrinkage = shrinkage
    let rowCount = Float(rows.rowCount)
    let weights = (0..<features.rowCount).map { feature -> Float in
      let count = Float(features.range(feature).count)
      switch measure {
      case .cosine, .jaccard: return powf(max(1, count), -featureExponent)
      // Never zero: even a feature of all rows is shared.
      case .tfIdf, .bm25: return powf(max(logf(1 + rowCount / (1 + count)), 1e-6), 2)
      }
    }
    featureWeights = weights
    sizes = (0..<rows.rowCount).map { row in
      rows.columns(ofRow: row).reduce(0) { $0 + weights[Int($1)] }
    }
    let lengths = (0..<rows.rowCount).map { Float(rows.range($0).count) }
    let mean = max(1, lengths.reduce(0, +) / max(1, rowCount))
    lengthFactors =
      measure == .bm25
      ? lengths.map { Self.lengthFactor($0 / mean, sizeExponent) } : []
  }

  private static func lengthFactor(_ length: Float, _ share: Float) -> Float {
    (saturation + 1) / (saturation * (1 - share + share * length) + 1)
  }

  /// How alike a row is to one of this matrix.
  ///
  /// - Parameters:
  ///   - sum: of the weights of the features that they share.
  ///   - size: of the asking row: the sum of its features' weights. Its BM25 factor is left out: it is the
  ///     same for all others.
  @inline(__always)
  func value(sum: Float, size: Float, other: Int) -> Float {
    switch measure {
    case .cosine, .tfIdf:
      let denominator =
        exponent == 0.5
        ? (size * sizes[other]).squareRoot()
        : powf(size, 1 - exponent) * powf(sizes[other], exponent)
      return sum / (denominator + shrinkage)
    case .jaccard: return sum / (size + sizes[other] - sum + shrinkage)
    case .bm25: return sum * lengthFactors[other] / (1 + shrinkage / max(1, sum))
    }
  }

  /// The asking row's own part of a product, where it is one of this matrix.
  func ownFactor(_ row: Int) -> Float { measure == .bm25 ? lengthFactors[row] : 1 }
}
