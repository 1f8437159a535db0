import Foundation
import LinearAlgebra
import RecommendationCore
import Synchronization

/// How far a fit has come.
public struct ALSProgress: Sendable {
  /// Epochs that are done.
  public var epoch: Int
  /// Epochs in all.
  public var epochs: Int
  /// Seconds since the fit began.
  public var seconds: Double
  /// The loss after this epoch; nil unless asked for.
  public var loss: Double?
}

extension ALSModel {
  /// Fits a model.
  ///
  /// Each epoch solves all users for fixed items, then all items for fixed users. Rows are solved on all
  /// cores, each by itself, so that the result does not depend on the number of threads.
  /// O(epochs · (pairs · factors² + (users + items) · factors³)).
  ///
  /// - Parameters:
  ///   - interactions: who liked what.
  ///   - configuration: the settings.
  ///   - progress: called after each epoch; return false to end the fit there.
  /// - Throws: ``ModelError`` for impossible settings, no interactions, or numbers that run away.
  public static func fit(
    _ interactions: Interactions, configuration: ALSConfiguration = .init(),
    progress: (ALSProgress) -> Bool = { _ in true }
  ) throws -> ALSModel {
    try configuration.validate()
    guard interactions.count > 0 else {
      throw ModelError(.invalidArgument, "there is no interaction to learn from")
    }
    var trainer = ALSTrainer(interactions, configuration)
    let start = ContinuousClock.now
    for epoch in 1...max(1, configuration.epochs) where configuration.epochs > 0 {
      try trainer.runEpoch()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let loss = configuration.reportsLoss ? trainer.loss() : nil
      let report = ALSProgress(
        epoch: epoch, epochs: configuration.epochs, seconds: seconds, loss: loss)
      if !progress(report) { break }
    }
    return try ALSModel(
      items: ItemRows(sorted: interactions.itemIDs), itemFactors: trainer.itemFactors,
      gram: trainer.itemFactors.gram(), configuration: configuration)
  }
}

/// The state of a fit: both sides' vectors.
struct ALSTrainer {
  private let interactions: Interactions
  private let configuration: ALSConfiguration
  private let parallel: ParallelRows
  private(set) var itemFactors: Matrix
  private(set) var userFactors: Matrix

  init(_ interactions: Interactions, _ configuration: ALSConfiguration) {
    self.interactions = interactions
    self.configuration = configuration
    parallel = ParallelRows(threads: configuration.threads, blockSize: 32)
    itemFactors = Self.randomFactors(interactions.itemIDs.count, configuration)
    userFactors = Matrix(rows: interactions.userIDs.count, columns: configuration.factors)
  }

  /// Normally distributed vectors of expected length `initialDeviation` (Box, Muller 1958).
  private static func randomFactors(_ rows: Int, _ configuration: ALSConfiguration) -> Matrix {
    var generator = SeededGenerator(seed: configuration.seed)
    let deviation = configuration.initialDeviation / Float(configuration.factors).squareRoot()
    var matrix = Matrix(rows: rows, columns: configuration.factors)
    matrix.withUnsafeMutableValues { values in
      for index in values.indices {
        let length = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
        let angle = 2 * Double.pi * Double.random(in: 0..<1, using: &generator)
        values[index] = deviation * Float(length * cos(angle))
      }
    }
    return matrix
  }

  /// Solves users, then items.
  mutating func runEpoch() throws {
    userFactors = try solved(interactions.byUser, fixed: itemFactors)
    itemFactors = try solved(interactions.byItem, fixed: userFactors)
  }

  private func solved(_ rows: SparseRows, fixed: Matrix) throws -> Matrix {
    let (factors, configuration) = (configuration.factors, configuration)
    let base = fixed.gram().scaled(by: configuration.unobservedWeight)
    var result = Matrix(rows: rows.rowCount, columns: factors)
    let failures = Atomic<Int>(0)
    // Each thread uses the scratch memory of its own number only.
    nonisolated(unsafe) let systems = (0..<parallel.threads).map { _ in ALSSystem(factors: factors)
    }
    result.withUnsafeMutableValues { target in
      // Each thread writes only the rows that it was handed.
      nonisolated(unsafe) let target = target
      parallel.run(count: rows.rowCount) { thread, range in
        let failed = systems[thread].solve(
          rows, range, base: base, fixed: fixed, into: target, configuration: configuration)
        if failed > 0 { failures.add(failed, ordering: .relaxed) }
      }
    }
    guard failures.load(ordering: .relaxed) == 0 else {
      throw ModelError(.numericFailure, "a least squares system cannot be solved")
    }
    return result
  }

  /// The loss that the fit makes small, in one pass over the pairs.
  func loss() -> Double {
    let factors = configuration.factors
    var loss =
      regularizationLoss(interactions.byUser, userFactors)
      + regularizationLoss(interactions.byItem, itemFactors)
    // Σ over all pairs of (x·y)² is the sum of the products of the two Gram matrices.
    let products = zip(userFactors.gram().values, itemFactors.gram().values)
    loss +=
      Double(configuration.unobservedWeight)
      * products.reduce(0) {
        $0 + Double($1.0) * Double($1.1)
      }
    userFactors.withUnsafeValues { users in
      itemFactors.withUnsafeValues { items in
        guard let users = users.baseAddress, let items = items.baseAddress else { return }
        for user in 0..<interactions.byUser.rowCount {
          for entry in interactions.byUser.range(user) {
            let item = Int(interactions.byUser.columns[entry])
            let miss =
              1 - Kernels.dot(users + user * factors, items + item * factors, count: factors)
            loss += Double(interactions.byUser.values[entry]) * Double(miss * miss)
          }
        }
      }
    }
    return loss
  }

  private func regularizationLoss(_ rows: SparseRows, _ vectors: Matrix) -> Double {
    (0..<rows.rowCount).reduce(0) { sum, row in
      let weightSum = rows.values[rows.range(row)].reduce(0, +)
      let strength = configuration.regularization(
        weightSum: weightSum, oppositeCount: rows.columnCount)
      return sum + Double(strength) * vectors.row(row).reduce(0) { $0 + Double($1 * $1) }
    }
  }
}
