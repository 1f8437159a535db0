import Foundation
import LinearAlgebra
import Models

/// Sparse weights between items that rebuild each item's users from those of its neighbours: an elastic net
/// with weights above zero (SLIM: Ning, Karypis 2011), by coordinate descent (Friedman et al. 2010).
///
/// Each item is a problem of its own, on all cores, with its nearest items by cosine as the only features
/// (fsSLIM). O(passes · Σ over items of its neighbours' users); memory O(items · neighbours) and a row of
/// users a thread.
public struct SLIMRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "slim"
  /// What it is.
  public static let summary = "sparse weights between items by an elastic net (SLIM)"
  /// Its settings.
  public static let settings: [Setting] = [
    .integer(
      "neighbours", 1...10_000, search: 50...500, logarithmic: true,
      "nearest items that may have a weight", default: { _ in 200 }),
    .real(
      "l1", 0...1e6, search: 0.01...20, logarithmic: true,
      "penalty on a weight; makes small ones zero", default: { _ in 1 }),
    .real(
      "l2", 0...1e6, search: 0.1...1000, logarithmic: true, "penalty on a weight's square",
      default: { max(1, Double($0.pairs) / Double(max(1, $0.items)) / 2) }),
    .integer(
      "passes", 1...1000, "passes over the neighbours at most; ends where weights stand still",
      default: { _ in 30 }),
    .real(
      "target-exponent", 0...1, search: 0...0.5,
      "the score of an item of n users is divided by n to this", default: { _ in 0 }),
  ]
  private let values: SettingValues

  /// A recommender with settings.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) -> any FittedRecommender {
    let (byUser, byItem) = (feedback.byUser, feedback.byItem)
    let counts = (0..<feedback.itemCount).map { Float(byItem.range($0).count) }
    let factors = LinearSettings.targetFactors(
      feedback, exponent: values.float("target-exponent"))
    // A row a target.
    let nearest = SparseRows.bestEntries(
      rowCount: feedback.itemCount, columnCount: feedback.itemCount,
      kept: values.integer("neighbours"), threads: context.threads
    ) { item, sums in
      guard !context.shouldStop else { return }
      byUser.columns.withUnsafeBufferPointer { items in
        for user in byItem.columns(ofRow: item) {
          sums.add(1, to: UnsafeBufferPointer(rebasing: items[byUser.range(Int(user))]))
        }
      }
    } value: { item, other, sum in
      Int(other) == item ? 0 : sum / (counts[item] * counts[Int(other)]).squareRoot()
    }
    context.progress(FitProgress(pass: 1, passes: 2))
    let solver = ElasticNet(
      byItem: byItem, l1: values.float("l1"), l2: values.float("l2"),
      passes: values.integer("passes"))
    let parts = ParallelParts<[[Float]]>()
    ParallelRows(threads: context.threads, blockSize: 32).run(count: feedback.itemCount) {
      _, rows in
      let residual = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(1, byUser.rowCount))
      residual.initialize(repeating: 0)
      defer { residual.deallocate() }
      parts.add(
        rows.map { item in
          let neighbours = nearest.columns(ofRow: item)
          guard !context.shouldStop else { return [Float](repeating: 0, count: neighbours.count) }
          return solver.weights(of: item, neighbours: neighbours, residual: residual)
            .map { $0 * factors[item] }
        }, at: rows.lowerBound)
    }
    context.progress(FitProgress(pass: 2, passes: 2))
    let weights = SparseRows(
      starts: nearest.starts, columns: nearest.columns,
      values: parts.inOrder().flatMap { $0.flatMap { $0 } }, columnCount: feedback.itemCount)
    return ItemWeightScores(
      weights: weights.withoutZeros().transposed(), tail: PopularityTail(feedback))
  }
}

/// Least squares on 0/1 columns with penalties and weights above zero.
struct ElasticNet: Sendable {
  /// A row an item: its users.
  let byItem: SparseRows
  let l1: Float
  let l2: Float
  let passes: Int

  /// The weights of neighbours that rebuild an item's column best: the least of
  /// `1/2 |x - Σ w n|² + l1 Σ w + l2/2 Σ w²`.
  ///
  /// - Parameter residual: zero for each user; is so again afterwards.
  func weights(
    of item: Int, neighbours: ArraySlice<Int32>, residual: UnsafeMutableBufferPointer<Float>
  ) -> [Float] {
    byItem.columns.withUnsafeBufferPointer { users in
      for entry in byItem.range(item) { residual[Int(users[entry])] = 1 }
      let neighbours = Array(neighbours)
      var weights = [Float](repeating: 0, count: neighbours.count)
      var isActive = [Bool](repeating: true, count: neighbours.count)
      for pass in 0..<passes {
        // Weights that are zero are looked at again in each fourth pass only.
        let isFull = pass % 4 == 0
        var largestChange: Float = 0
        for place in neighbours.indices where isFull || isActive[place] {
          let range = byItem.range(Int(neighbours[place]))
          var sum: Float = 0
          for entry in range { sum += residual[Int(users[entry])] }
          let count = Float(range.count)
          let next = max(0, sum + count * weights[place] - l1) / (count + l2)
          let change = next - weights[place]
          isActive[place] = next > 0
          guard change != 0 else { continue }
          for entry in range { residual[Int(users[entry])] -= change }
          weights[place] = next
          largestChange = max(largestChange, abs(change))
        }
        if largestChange < 1e-4, isFull { break }
      }
      for entry in byItem.range(item) { residual[Int(users[entry])] = 0 }
      for neighbour in neighbours {
        for entry in byItem.range(Int(neighbour)) { residual[Int(users[entry])] = 0 }
      }
      return weights
    }
  }
}

extension SparseRows {
  /// The same matrix without entries of zero.
  func withoutZeros() -> SparseRows {
    var starts = [0]
    var kept = (columns: [Int32](), values: [Float]())
    for row in 0..<rowCount {
      for entry in range(row) where values[entry] != 0 {
        kept.columns.append(columns[entry])
        kept.values.append(values[entry])
      }
      starts.append(kept.columns.count)
    }
    return SparseRows(
      starts: starts, columns: kept.columns, values: kept.values, columnCount: columnCount)
  }
}
