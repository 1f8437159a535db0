internal import CXGBoost
internal import Evaluation
internal import Foundation
internal import RecommendationCore

/// Settings tried by cross-validation.
struct RankingTrial: Sendable {
  let parameters: XGBoostParameters
  /// The number of rounds at which the mean over folds was best.
  let rounds: Int
  /// The mean of NDCG at 1, 3, 5 and 10: one number less noisy than any of them.
  let quality: Double
  /// Margins of all rows after so many rounds, each by the model that did not see its query.
  let margins: [Float]
  /// The standard deviation of the margins.
  let spread: Float

  /// Settings by number: objectives take turns, the rest is drawn from ranges that suit few queries as well as
  /// many.
  static func parameters(_ index: Int, seed: UInt64) -> XGBoostParameters {
    var random = SeededGenerator(seed: seed &+ UInt64(index) &* 0x9e37_79b9)
    func logarithmic(_ range: ClosedRange<Double>) -> Double {
      exp(Double.random(in: log(range.lowerBound)...log(range.upperBound), using: &random))
    }
    var parameters = XGBoostParameters()
    let objectives = XGBoostParameters.Objective.allCases
    parameters.objective = objectives[index % objectives.count]
    parameters.maxDepth = Int.random(in: 2...7, using: &random)
    parameters.eta = logarithmic(0.03...0.1)
    parameters.columnSample = logarithmic(0.1...0.8)
    parameters.subsample = Double.random(in: 0.5...0.9, using: &random)
    // A squared error has a hessian of 1 a row, pairs have much smaller ones.
    parameters.minChildWeight =
      parameters.objective == .squaredError ? logarithmic(2...40) : logarithmic(0.03...3)
    parameters.lambda = logarithmic(0.3...30)
    parameters.maxBins = 64
    // One: each thread draws its own pairs, and results must not depend on their number.
    parameters.threads = 1
    parameters.earlyStoppingRounds = 0
    parameters.seed = UInt32(truncatingIfNeeded: seed)
    return parameters
  }

  /// Tries settings: the folds' models grow together, and stop where their mean no longer does.
  init(_ parameters: XGBoostParameters, folds: QueryFolds, search: LearningToRank) throws {
    try parameters.check()
    self.parameters = parameters
    let models = try (0..<folds.count).map { fold in
      let training = try XGBoostMatrix(folds.examples(fold, isInside: false), threads: 1)
      let booster = try XGBoostBooster(matrices: [training])
      for entry in parameters.entries { try booster.set(entry.name, entry.value) }
      return FoldModel(
        booster: booster, training: training, rows: folds.rows(fold, isInside: true),
        held: folds.examples(fold, isInside: true).rows)
    }
    var best: (rounds: Int, quality: Double, margins: [Float])?
    var (round, waited) = (0, 0)
    while round < search.rounds, waited < search.patience {
      let next = min(search.rounds, round + search.step)
      var margins = [Float](repeating: 0, count: folds.examples.labels.count)
      for model in models {
        for index in round..<next {
          try xgboost {
            XGBoosterUpdateOneIter(model.booster.handle, Int32(index), model.training.handle)
          }
        }
        for (row, margin) in zip(model.rows, try model.booster.margins(model.held)) {
          margins[row] = margin
        }
      }
      round = next
      let quality = Self.quality(margins, folds.examples)
      waited += 1
      if best.map({ quality > $0.quality }) ?? true {
        best = (round, quality, margins)
        waited = 0
      }
    }
    guard let best, best.margins.allSatisfy(\.isFinite) else {
      throw RankerError(.nonFiniteScore, "a trial gave a score that is no finite number")
    }
    (rounds, quality, margins) = best
    let mean = best.margins.reduce(0, +) / Float(best.margins.count)
    let variance = best.margins.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    spread = max(1e-6, (variance / Float(best.margins.count)).squareRoot())
  }

  /// A model of the queries outside a fold, with the rows inside.
  private struct FoldModel {
    var booster: XGBoostBooster
    var training: XGBoostMatrix
    var rows: [Int]
    var held: FeatureMatrix
  }

  static func quality(_ scores: [Float], _ examples: RankingExamples) -> Double {
    let metrics = GradedMetrics(labels: examples.labels, scores: scores, groups: examples.groups)
    return metrics.ndcg.reduce(0, +) / Double(metrics.ndcg.count)
  }

  /// The sum of trials' margins, each by its spread.
  static func sum(_ trials: [RankingTrial]) -> [Float] {
    var sums = [Float](repeating: 0, count: trials.first?.margins.count ?? 0)
    for trial in trials {
      for row in sums.indices { sums[row] += trial.margins[row] / trial.spread }
    }
    return sums
  }

  /// In a line, for people.
  var summary: String {
    let numbers = [
      ("depth", Double(parameters.maxDepth)), ("eta", parameters.eta),
      ("columns", parameters.columnSample), ("rows", parameters.subsample),
      ("min child", parameters.minChildWeight), ("lambda", parameters.lambda),
    ].map { "\($0.0) \(String(format: "%.3g", $0.1))" }
    return "\(parameters.objective.rawValue), \(rounds) rounds, \(numbers.joined(separator: ", "))"
  }
}
