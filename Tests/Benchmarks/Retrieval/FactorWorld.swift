import Foundation
import LinearAlgebra
import RecommendationCore
import VectorSearch

/// Vectors shaped like the factors of ALS, and queries shaped like users folded in.
///
/// Measured on the ALS factors of MovieLens-1M (64 factors): the eigenvalues of their covariance fall about as
/// rank^-0.75 (1, 0.42, 0.33, 0.23, ... 0.038), and their lengths spread from 0.2 (10 %) over 0.74 (50 %) to 1.55 (90 %).
/// Items lie around centres of unequal size, as tastes do. A query is the weighted sum of some items of three
/// tastes, as a user's vector is made of what the user liked.
struct FactorWorld {
  static let tastes = 2000
  static let decay = 0.75
  static let spread: Float = 0.7
  static let likes = 8
  static let noise: Float = 0.05

  /// For people: how the data were made.
  static let description =
    "\(tastes) Gaussian tastes of sizes rank^-0.5, eigenvalues rank^-\(decay), spread \(spread) of the "
    + "tastes' own; lengths min(2.2, exp(N(-0.4, 0.7))) for inner products, 1 for cosine; queries: sums of "
    + "\(likes) items of each of 3 tastes (the first doubly), length 1, noise \(noise)"

  var vectors: Matrix
  var queries: Matrix
  /// The taste that each vector was drawn from.
  var taste: [Int32]

  init(items: Int, dimensions: Int, queries queryCount: Int, cosine: Bool, seed: UInt64) {
    var normals = Normals(seed: seed)
    let deviations = (0..<dimensions).map { Float(pow(Double($0 + 1), -Self.decay / 2)) }
    let centres = (0..<Self.tastes).map { _ in deviations.map { normals.next() * $0 } }
    let weights = (1...Self.tastes).map { 1 / Double($0).squareRoot() }
    var bounds: [Double] = []
    for weight in weights { bounds.append((bounds.last ?? 0) + weight) }
    var vectors = Matrix(rows: items, columns: dimensions)
    var taste = [Int32](repeating: 0, count: items)
    var members = [[Int32]](repeating: [], count: Self.tastes)
    func pick() -> Int {
      let value = normals.uniform() * (bounds.last ?? 1)
      return min(Self.tastes - 1, bounds.partitioningIndex { $0 > value })
    }
    vectors.withUnsafeMutableValues { values in
      for row in 0..<items {
        let chosen = pick()
        taste[row] = Int32(chosen)
        members[chosen].append(Int32(row))
        let centre = centres[chosen]
        var squares: Float = 0
        for column in 0..<dimensions {
          let value = centre[column] + Self.spread * deviations[column] * normals.next()
          values[row * dimensions + column] = value
          squares += value * value
        }
        let length = cosine ? 1 : min(2.2, exp(-0.4 + 0.7 * normals.next()))
        let scale = length / squares.squareRoot()
        for column in 0..<dimensions { values[row * dimensions + column] *= scale }
      }
    }
    var queries = Matrix(rows: queryCount, columns: dimensions)
    for row in 0..<queryCount {
      var sum = [Float](repeating: 0, count: dimensions)
      for part in 0..<3 {
        var chosen = pick()
        while members[chosen].isEmpty { chosen = pick() }
        for _ in 0..<Self.likes {
          let item = Int(members[chosen][Int(normals.uniform() * Double(members[chosen].count))])
          for (column, value) in vectors.row(item).enumerated() {
            sum[column] += part == 0 ? 2 * value : value
          }
        }
      }
      let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for column in 0..<dimensions {
        queries[row, column] =
          sum[column] / length + Self.noise * deviations[column] * normals.next()
      }
    }
    self.vectors = vectors
    self.queries = queries
    self.taste = taste
  }

  /// A filter that allows a share of the rows: each by chance, or (as a category does) whole tastes.
  func filter(share: Double, byTaste: Bool, seed: UInt64) -> RowFilter {
    var generator = SeededGenerator(seed: seed)
    let chosen = (0..<Self.tastes).map { _ in Double.random(in: 0..<1, using: &generator) < share }
    var filter = RowFilter(rowCount: vectors.rows, allowingAll: false)
    for row in 0..<vectors.rows {
      if byTaste ? chosen[Int(taste[row])] : Double.random(in: 0..<1, using: &generator) < share {
        filter.allow(row)
      }
    }
    return filter
  }
}

/// Normal deviates by the polar method of Marsaglia.
struct Normals {
  private var generator: SeededGenerator
  private var spare: Float?

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A number in 0..<1.
  mutating func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

  mutating func next() -> Float {
    if let spare {
      self.spare = nil
      return spare
    }
    while true {
      let left = Float(2 * uniform() - 1)
      let right = Float(2 * uniform() - 1)
      let square = left * left + right * right
      guard square > 0, square < 1 else { continue }
      let factor = (-2 * log(square) / square).squareRoot()
      spare = right * factor
      return left * factor
    }
  }
}

extension [Double] {
  /// The first index whose element passes, given that all after it pass too.
  func partitioningIndex(_ passes: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if passes(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
