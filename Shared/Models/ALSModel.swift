import LinearAlgebra
import RecommendationCore

/// Matrix factorisation for implicit feedback by alternating least squares (iALS).
///
/// Hu, Koren, Volinsky: "Collaborative Filtering for Implicit Feedback Datasets", 2008; regularisation
/// scaled by frequency as in Rendle, Krichene, Zhang, Koren: "Revisiting the Performance of iALS on Item
/// Recommendation Benchmarks", 2022. The loss over users u and items i, with weights w of observed pairs:
/// Σ_observed w (1 − x_u·y_i)² + α0 Σ_all (x_u·y_i)² + Σ_u λ_u |x_u|² + Σ_i λ_i |y_i|².
///
/// The model keeps items only: a user's vector is folded in from the live history, so that a like counts
/// at once and nobody needs to be known beforehand.
public struct ALSModel: Sendable {
  /// The bundle kind of such models.
  public static let kind = "als"

  /// The items and their rows.
  public let items: ItemRows
  /// A row an item.
  public let itemFactors: Matrix
  /// The Gram matrix of the item factors.
  public let gram: Matrix
  /// How it was fitted; fold-in solves with the same weights.
  public let configuration: ALSConfiguration
  /// α0 times the Gram matrix: where each fold-in starts.
  let base: Matrix
  /// Euclidean length of each row of the item factors.
  let itemLengths: [Float]

  /// A model from its parts.
  ///
  /// - Throws: ``ModelError/Code/malformed`` when their extents do not agree or a value is not finite.
  public init(
    items: ItemRows, itemFactors: Matrix, gram: Matrix, configuration: ALSConfiguration
  ) throws {
    try configuration.validate()
    let factors = configuration.factors
    guard itemFactors.rows == items.count, itemFactors.columns == factors, gram.rows == factors,
      gram.columns == factors
    else {
      throw ModelError(
        .malformed,
        "\(items.count) items of \(factors) factors do not fit \(itemFactors.rows) × "
          + "\(itemFactors.columns) factors and a Gram matrix of \(gram.rows) × \(gram.columns)")
    }
    guard allFinite(itemFactors), allFinite(gram) else {
      throw ModelError(.malformed, "a factor is not finite")
    }
    self.items = items
    self.itemFactors = itemFactors
    self.gram = gram
    self.configuration = configuration
    base = gram.scaled(by: configuration.unobservedWeight)
    itemLengths = itemFactors.withUnsafeValues { values in
      guard let start = values.baseAddress else { return [] }
      return (0..<itemFactors.rows).map { row in
        let vector = start + row * factors
        return Kernels.dot(vector, vector, count: factors).squareRoot()
      }
    }
  }

  /// The same model with another ``ALSConfiguration/historyHalfLife``: it concerns the reading of histories
  /// alone, so that nothing is fitted anew.
  public func withHistoryHalfLife(_ halfLife: Float) throws -> ALSModel {
    var configuration = configuration
    configuration.historyHalfLife = halfLife
    return try ALSModel(
      items: items, itemFactors: itemFactors, gram: gram, configuration: configuration)
  }

  /// Length of the vectors.
  public var factors: Int { configuration.factors }
  /// Items in the order of their rows.
  public var itemIDs: [ItemID] { items.ids }

  /// The score of an item for a user; nil when the model does not know the item.
  public func score(_ user: UserFactor, item: ItemID) -> Float? {
    guard let row = items.row(of: item), user.values.count == factors else { return nil }
    return itemFactors.withUnsafeValues { values in
      values.baseAddress.map { Kernels.dot($0 + row * factors, user.values, count: factors) }
    }
  }

  /// The scores of all items, in the order of their rows.
  public func scores(_ user: UserFactor) -> [Float] {
    var scores = [Float](repeating: 0, count: items.count)
    guard user.values.count == factors, items.count > 0 else { return scores }
    itemFactors.withUnsafeValues { values in
      guard let start = values.baseAddress else { return }
      Kernels.multiply(
        start, rows: items.count, columns: factors, vector: user.values, into: &scores)
    }
    return scores
  }

  /// The items whose vectors point most nearly the same way (cosine), best first, without the item
  /// itself. Empty when the model does not know it. O(items · factors).
  public func similarItems(to item: ItemID, count: Int) -> [(item: ItemID, cosine: Float)] {
    guard let row = items.row(of: item), itemLengths[row] > 0 else { return [] }
    let vector = itemFactors.row(row).map { $0 / itemLengths[row] }
    let products = scores(UserFactor(values: vector, known: [], missing: []))
    let selector = TopKSelector(capacity: min(count, items.count))
    for (other, length) in itemLengths.enumerated() where other != row && length > 0 {
      selector.offer(products[other] / length, row: Int32(truncatingIfNeeded: other))
    }
    let best = selector.drained()
    return zip(best.rows, best.scores).map { (items.ids[Int($0)], max(-1, min(1, $1))) }
  }
}

/// A user's vector, folded in from a history.
public struct UserFactor: Sendable, Equatable {
  /// The vector; zeros when nothing that was liked is known to the model.
  public var values: [Float]
  /// Which entries of the history made it (known items with a positive weight).
  public var known: [Int]
  /// Items of the history that the model does not know.
  public var missing: [ItemID]

  /// A vector.
  public init(values: [Float], known: [Int], missing: [ItemID]) {
    self.values = values
    self.known = known
    self.missing = missing
  }
}

private func allFinite(_ matrix: Matrix) -> Bool {
  // The sum of v - v is 0 for finite values and NaN as soon as one is not.
  matrix.withUnsafeValues { values in
    var sum: Float = 0
    for value in values { sum += value - value }
    return sum == 0
  }
}
