import Foundation
import LinearAlgebra
import RecommendationCore

/// A space in which items that are described alike lie near each other, and into which an item that is new comes
/// by its words alone.
///
/// An item's vector is its weighted terms (``TermVectorizer``) projected upon the directions of
/// ``TruncatedSVD`` and scaled to length 1, so that inner products are cosines.
public struct TextSpace: Sendable {
  /// The bundle kind of such spaces.
  public static let kind = "content"

  /// Which terms there are, and their weights.
  public let vectorizer: TermVectorizer
  /// A row a term, a column a direction: the projection.
  let projection: Matrix
  /// How a history is read: an entry with so many newer ones counts half; 0: all alike.
  public var historyHalfLife: Float

  /// Length of a vector.
  public var dimensions: Int { projection.columns }

  /// A space from its parts; nil when they do not fit each other.
  init?(vectorizer: TermVectorizer, projection: Matrix, historyHalfLife: Float) {
    guard projection.rows == vectorizer.terms.count, projection.columns > 0,
      projection.values.allSatisfy(\.isFinite), historyHalfLife >= 0, historyHalfLife.isFinite
    else { return nil }
    self.vectorizer = vectorizer
    self.projection = projection
    self.historyHalfLife = historyHalfLife
  }

  /// Learns a space from items' texts.
  ///
  /// - Returns: nil when the items share no terms.
  public static func fit(
    _ items: [Item], dimensions: Int = 64, historyHalfLife: Float = 5, seed: UInt64 = 1
  ) -> TextSpace? {
    let texts = items.map { ItemTerms.of($0) }
    let vectorizer = TermVectorizer.fit(texts)
    var configuration = TruncatedSVD.Configuration(rank: dimensions)
    configuration.seed = seed
    let directions = TruncatedSVD.fit(
      texts.map { vectorizer.vector($0) }, columnCount: vectorizer.terms.count,
      configuration: configuration)
    var projection = Matrix(rows: vectorizer.terms.count, columns: directions.rows)
    for direction in 0..<directions.rows {
      for term in 0..<directions.columns {
        projection[term, direction] = directions[direction, term]
      }
    }
    return TextSpace(
      vectorizer: vectorizer, projection: projection, historyHalfLife: historyHalfLife)
  }

  /// The vector of an item, of length 1; zeros when none of its terms is known. O(terms · dimensions).
  public func vector(of item: Item) -> [Float] {
    var vector = [Float](repeating: 0, count: dimensions)
    let terms = vectorizer.vector(ItemTerms.of(item))
    projection.withUnsafeValues { values in
      guard let base = values.baseAddress else { return }
      for (column, value) in zip(terms.columns, terms.values) {
        Kernels.add(
          base + Int(column) * dimensions, scale: value, to: &vector, count: dimensions)
      }
    }
    return Self.normalized(vector)
  }

  /// A user's place in the space: the mean of what was liked, the older the less; nil when the index knows
  /// nothing of it.
  ///
  /// - Parameter vectorOf: the vector of an entry's item, by its place in the history; nil or zeros when there is
  ///   none.
  public func profile(
    _ history: History, missing: inout [ItemID], vectorOf: (Int) -> ArraySlice<Float>?
  ) -> [Float]? {
    profile(history, missing: &missing) { entry, body in
      guard let vector = vectorOf(entry) else { return false }
      vector.withUnsafeBufferPointer(body)
      return true
    }
  }

  /// The same from vectors that are lent: no copy of any is made.
  ///
  /// - Parameter lend: calls the body with the vector of an entry's item, by its place in the history, or returns
  ///   false when there is none.
  /// - Complexity: O(history · dimensions).
  public func profile(
    _ history: History, missing: inout [ItemID],
    lend: (_ entry: Int, _ body: (UnsafeBufferPointer<Float>) -> Void) -> Bool
  ) -> [Float]? {
    var sum = [Float](repeating: 0, count: dimensions)
    var used = 0
    for index in 0..<history.count {
      let isKnown = lend(index) { vector in
        let weight = history.weights[index]
        guard weight > 0, weight.isFinite, let values = vector.baseAddress else { return }
        let fading = historyHalfLife > 0 ? exp2(-Float(used) / historyHalfLife) : 1
        guard fading > 1e-3 else { return }
        used += 1
        Kernels.add(values, scale: weight * fading, to: &sum, count: dimensions)
      }
      if !isKnown { missing.append(history.items[index]) }
    }
    let profile = Self.normalized(sum)
    return profile.contains { $0 != 0 } ? profile : nil
  }

  /// A vector of length 1; zeros stay zeros.
  public static func normalized(_ vector: [Float]) -> [Float] {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 1e-12, length.isFinite else {
      return [Float](repeating: 0, count: vector.count)
    }
    return vector.map { $0 / length }
  }
}
