import Foundation
import LinearAlgebra

/// Predicts ratings by biases and what the user thought of the most similar items (Koren 2010, "Factor in the
/// Neighbors"): Pearson correlations of what is beyond the biases, shrunk by the number of common raters.
public struct RatingNeighboursRecommender: Recommender {
  /// "rating-knn".
  public static let name = "rating-knn"
  /// What it is.
  public static let summary =
    "predicted ratings: biases and the user's ratings of similar items (Koren 2010)"
  /// Scores are ratings.
  public static let predictsRatings = true
  /// Its settings.
  public static let settings: [Setting] = [
    .integer(
      "neighbours", 1...1000, search: 10...100, logarithmic: true, "similar items that count"
    ) { _ in 40 },
    .integer("kept", 1...10_000, "similar items remembered of each item") { _ in 500 },
    .real(
      "shrinkage", 0...10_000, search: 20...300, logarithmic: true,
      "common raters that a correlation needs to count half"
    ) { _ in 100 },
    .real(
      "bias-regularization", 0...1000, search: 0.5...20, logarithmic: true,
      "penalty of the biases, in ratings"
    ) { _ in 5 },
    .real("power", 0.1...5, search: 1...3, "exponent of the similarities as weights") { _ in 1.5 },
  ]

  private let values: SettingValues

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { self.values = values }

  /// Ratings are needed.
  public static func obstacle(_ shape: DataShape) -> String? {
    if let obstacle = RatingTable.obstacle(shape) { return obstacle }
    let each = shape.pairs / max(1, shape.users)
    return shape.pairs > 20_000_000_000 / max(1, each) ? "too many pairs of items to compare" : nil
  }

  /// Compares all pairs of items that have a common rater. O(Σ over users of their ratings²).
  ///
  /// - Throws: ``RecommenderError/Code/unsuitableData`` where there are no ratings.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let table = try RatingTable(feedback)
    let biases = RatingBiases(table, shrinkage: values.float("bias-regularization"))
    let residuals = biases.residuals(table)
    let (kept, shrinkage) = (values.integer("kept"), values.float("shrinkage"))
    let power = values.float("power")
    var rows = [[RatingNeighbours.Neighbour]](repeating: [], count: table.itemCount)
    rows.withUnsafeMutableBufferPointer { rows in
      // Each thread writes to its own items' rows only.
      nonisolated(unsafe) let rows = rows
      ParallelRows(threads: context.threads, blockSize: 16).run(count: table.itemCount) {
        _, block in
        var sums = CommonRatings(itemCount: table.itemCount)
        for item in block {
          sums.gather(item, table, residuals)
          rows[item] = sums.neighbours(of: item, kept: kept, shrinkage: shrinkage, power: power)
        }
      }
    }
    context.progress(FitProgress(pass: 1, passes: 1))
    return RatingNeighbours(
      table: table, biases: biases, residuals: residuals, rows: rows,
      neighbours: values.integer("neighbours"))
  }
}

/// What an item and each other one have in common.
private struct CommonRatings {
  private var products: [Float]
  private var ownSquares: [Float]
  private var otherSquares: [Float]
  private var counts: [Int32]
  private var touched: [Int] = []

  init(itemCount: Int) {
    products = [Float](repeating: 0, count: itemCount)
    ownSquares = products
    otherSquares = products
    counts = [Int32](repeating: 0, count: itemCount)
  }

  mutating func gather(_ item: Int, _ table: RatingTable, _ residuals: [Float]) {
    for other in touched {
      (products[other], ownSquares[other], otherSquares[other], counts[other]) = (0, 0, 0, 0)
    }
    touched.removeAll(keepingCapacity: true)
    for index in table.ratings(ofItem: item) {
      let own = Int(table.byItem[index])
      let residual = residuals[own]
      for place in table.ratings(ofUser: Int(table.users[own])) where place != own {
        let other = Int(table.items[place])
        if counts[other] == 0 { touched.append(other) }
        counts[other] += 1
        products[other] += residual * residuals[place]
        ownSquares[other] += residual * residual
        otherSquares[other] += residuals[place] * residuals[place]
      }
    }
  }

  /// The most similar items, best first; only what correlates at all.
  func neighbours(
    of item: Int, kept: Int, shrinkage: Float, power: Float
  ) -> [RatingNeighbours.Neighbour] {
    var found: [RatingNeighbours.Neighbour] = []
    for other in touched {
      let length = (ownSquares[other] * otherSquares[other]).squareRoot()
      guard products[other] > 0, length > 0 else { continue }
      let count = Float(counts[other])
      let similarity = products[other] / length * count / (count + shrinkage)
      found.append(
        .init(item: Int32(truncatingIfNeeded: other), weight: pow(similarity, power)))
    }
    found.sort { $0.weight != $1.weight ? $0.weight > $1.weight : $0.item < $1.item }
    return Array(found.prefix(kept))
  }
}

/// Predicted ratings by the ratings of similar items. Only what was rated in the fit counts: histories carry no
/// ratings.
struct RatingNeighbours: FittedRecommender {
  /// A similar item and its weight.
  struct Neighbour: Sendable {
    var item: Int32
    var weight: Float
  }

  /// Draws predictions to the biases, in weights: a few weak neighbours are little evidence.
  private static let damping: Float = 0.2
  let table: RatingTable
  let biases: RatingBiases
  let residuals: [Float]
  /// Each item's similar ones, best first.
  let rows: [[Neighbour]]
  let neighbours: Int

  /// O(items · similar items kept) a user.
  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into target: UnsafeMutableBufferPointer<Float>
  ) {
    let itemCount = table.itemCount
    var known = [Float](repeating: .nan, count: itemCount)
    for (place, user) in users.enumerated() {
      for rating in table.ratings(ofUser: user) {
        known[Int(table.items[rating])] = residuals[rating]
      }
      let base = biases.mean + biases.users[user]
      known.withUnsafeBufferPointer { known in
        rows.withUnsafeBufferPointer { rows in
          for item in 0..<itemCount {
            let score = base + biases.items[item] + beyond(rows[item], known)
            target[place * itemCount + item] = min(
              max(score, table.range.lowerBound), table.range.upperBound)
          }
        }
      }
      for rating in table.ratings(ofUser: user) { known[Int(table.items[rating])] = .nan }
    }
  }

  /// The weighted mean of what the user's ratings of an item's neighbours are beyond the biases.
  private func beyond(_ row: [Neighbour], _ known: UnsafeBufferPointer<Float>) -> Float {
    row.withUnsafeBufferPointer { row in
      var (sum, weights, left) = (Float(0), Self.damping, neighbours)
      for neighbour in row {
        let value = known[Int(neighbour.item)]
        if value.isNaN { continue }
        sum += neighbour.weight * value
        weights += neighbour.weight
        left -= 1
        if left == 0 { break }
      }
      return sum / weights
    }
  }
}
