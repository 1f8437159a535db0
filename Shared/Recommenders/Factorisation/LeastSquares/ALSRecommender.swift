import Foundation
import LinearAlgebra
import Models

/// Implicit alternating least squares (Hu, Koren, Volinsky 2008), with the weight of what was not taken and
/// the regularisation scaled by frequency as in Rendle, Krichene, Zhang, Koren, "Revisiting the performance
/// of iALS on item recommendation benchmarks" (RecSys 2022).
///
/// Makes `Σ (1 - x·y)² + α Σ (x·y)² + λ Σ s |x|² + λ Σ s |y|²` least: the first sum over what was taken, the
/// second over all pairs, `s = (taken + α · opposite side's count)^ν`. The result is the same on any number
/// of threads.
///
/// O(epochs · (pairs · factors · steps + (users + items) · factors²)) with the gradient solver.
struct ALSRecommender: Recommender {
  static let name = "als"
  static let summary =
    "implicit alternating least squares, regularised by frequency (Rendle et al. 2022)"

  static let settings: [Setting] = [
    .integer(
      "factors", 1...4096, search: 32...1024, logarithmic: true, "length of a vector",
      // Wide vectors, held by the regularisation, do better than narrow ones even on small sets.
      default: { min(256, max(16, min($0.users, $0.items) / 4)) }),
    .integer("epochs", 1...1000, "passes over users and items", default: { _ in 16 }),
    .real(
      "unobserved", 0...1000, search: 0.003...2, logarithmic: true,
      "weight of each pair that was not taken (α)",
      default: { ALSRecommender.unobserved($0) }),
    .real(
      "regularization", 1e-7...1000, search: 1e-4...0.1, logarithmic: true,
      "strength of the regularisation (λ)",
      default: { shape in
        // What all rows share of it, λ · α · count, is about 4 on large and small sets alike.
        let count = (Double(max(1, shape.users)) * Double(max(1, shape.items))).squareRoot()
        return min(1, 4 / (ALSRecommender.unobserved(shape) * count))
      }),
    .real(
      "exponent", 0...2, search: 0...1,
      "growth of the regularisation with what a user or item took (ν)", default: { _ in 1 }),
    .real(
      "half-life", 0...100_000,
      "newer entries of a history after which an entry counts half when it is answered from; 0: all alike",
      default: { _ in 0 }),
    .names(
      "solver", ["gradient", "cholesky", "blocks"], isSearched: false,
      "conjugate gradients, exact Cholesky, or exact in blocks of 64 factors in turn",
      default: { _ in "gradient" }),
    .integer("steps", 1...100, "steps of conjugate gradients a row", default: { _ in 2 }),
  ]

  /// The denser the data, the more it says that something was not taken.
  private static func unobserved(_ shape: DataShape) -> Double {
    min(1, max(0.001, shape.density.squareRoot()))
  }

  private let values: SettingValues

  init(_ values: SettingValues) { self.values = values }

  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    var trainer = try LeastSquaresTrainer(
      feedback, LeastSquaresSettings(values), seed: context.seed, threads: context.threads)
    let epochs = values.integer("epochs")
    var best: LeastSquaresModel?
    var bestQuality = -Double.infinity
    var lastBetter = 0
    for epoch in 1...max(1, epochs) {
      try trainer.runEpoch()
      var quality: Double?
      if let validate = context.validate {
        let model = trainer.model(found: ["epochs": .integer(epoch)])
        let reached = try validate(model)
        if reached > bestQuality { (best, bestQuality, lastBetter) = (model, reached, epoch) }
        quality = reached
      }
      context.progress(FitProgress(pass: epoch, passes: epochs, quality: quality))
      if context.shouldStop || (context.validate != nil && epoch - lastBetter >= context.patience) {
        break
      }
    }
    return best ?? trainer.model(found: [:])
  }
}

/// Settings of the least squares.
struct LeastSquaresSettings: Sendable {
  /// How a row is solved.
  enum Solver: Sendable {
    /// Conjugate gradients of so many steps.
    case gradient(Int)
    case cholesky
    case blocks(Int)
  }

  var factors: Int
  var unobserved: Float
  var regularization: Float
  var exponent: Float
  var halfLife: Float
  var solver: Solver

  init(_ values: SettingValues) {
    factors = values.integer("factors")
    unobserved = values.float("unobserved")
    regularization = values.float("regularization")
    exponent = values.float("exponent")
    halfLife = values.float("half-life")
    solver =
      switch values.name("solver") {
      case "cholesky": .cholesky
      case "blocks": .blocks(64)
      default: .gradient(values.integer("steps"))
      }
  }

  /// The strength of a row's regularisation (Rendle et al. 2022, eq. 4).
  func strength(taken: Float, opposite: Int) -> Float {
    regularization * powf(taken + unobserved * Float(opposite), exponent)
  }
}
