import Foundation
import Rankers
import RecommendationCore

/// A ranker and what was measured of it on users that it did not learn from.
struct TrainedRanker {
  var ranker: any Ranker
  var metrics: [String: Double]
  var parameters: [String: String]

  static func train(
    _ examples: RankerExampleBuilder.Output, drift: FeatureDrift, rounds: Int,
    keepsAllRounds: Bool = false, seed: UInt64, progress: ProgressPrinter
  ) throws -> TrainedRanker {
    let specification = drift.specification
    let training = drift.narrowed(examples.training)
    let validation = drift.narrowed(examples.validation)
    progress.say(
      "ranker: \(training.groups.count) users, \(training.labels.count) rows, "
        + "\(specification.columnCount) features")
    var best: Attempt?
    for parameters in attempts(
      groups: training.groups.count, rounds: rounds, keepsAllRounds: keepsAllRounds, seed: seed)
    {
      let attempt = try Attempt(
        parameters, training, validation, specification, examples.relevantCounts, progress)
      if attempt.ndcg > best?.ndcg ?? -1 { best = attempt }
    }
    guard let best else { throw PipelineError(.insufficientData, "no ranker was trained") }
    let (parameters, outcome, ranker, scores) =
      (best.parameters, best.outcome, best.ranker, best.scores)
    var metrics: [String: Double] = [
      "retrieval_recall": examples.retrievalRecall, "trees": Double(outcome.bestRound),
      "training_rows": Double(training.labels.count),
    ]
    for k in [5, 10, 20] {
      metrics["validation_ndcg@\(k)"] = OrderQuality.meanNDCG(
        validation, scores: scores, relevantCounts: examples.relevantCounts, k: k)
      metrics["validation_retrieval_ndcg@\(k)"] = OrderQuality.meanNDCG(
        validation, scores: nil, relevantCounts: examples.relevantCounts, k: k)
    }
    for (name, share) in outcome.importances.sorted(by: { $0.value > $1.value }).prefix(10) {
      metrics["gain.\(name)"] = share
    }
    progress.say(
      String(
        format: "ranker: NDCG@10 %.4f on validation users, retrieval's own order %.4f",
        metrics["validation_ndcg@10"] ?? 0, metrics["validation_retrieval_ndcg@10"] ?? 0))
    var description = parameters.description
    description["dropped_for_drift"] = drift.dropped.joined(separator: " ")
    return TrainedRanker(ranker: ranker, metrics: metrics, parameters: description)
  }

  /// What is tried. Many users bear deep trees; of few, shallow ones that learn slowly say more, and what the
  /// validating users like best is taken.
  private static func attempts(
    groups: Int, rounds: Int, keepsAllRounds: Bool, seed: UInt64
  ) -> [XGBoostParameters] {
    var standard = XGBoostParameters()
    standard.rounds = rounds
    standard.seed = UInt32(truncatingIfNeeded: seed)
    if keepsAllRounds { standard.earlyStoppingRounds = 0 }
    guard groups < 4_500, !keepsAllRounds else { return [standard] }
    return [(6, 0.1, 0.1), (4, 0.05, 1), (3, 0.03, 4)].map { depth, eta, weight in
      var parameters = standard
      parameters.maxDepth = depth
      parameters.eta = eta
      parameters.minChildWeight = weight
      parameters.earlyStoppingRounds = Int(3 / eta)
      return parameters
    }
  }

  /// One set of parameters, trained and measured.
  private struct Attempt {
    let parameters: XGBoostParameters
    let outcome: XGBoostTrainer.Outcome
    let ranker: XGBoostRanker
    /// Of the validating rows.
    let scores: [Float]
    /// NDCG@10 of the validating users.
    let ndcg: Double

    init(
      _ parameters: XGBoostParameters, _ training: RankingExamples, _ validation: RankingExamples,
      _ specification: RankerSpecification, _ relevantCounts: [Int], _ progress: ProgressPrinter
    ) throws {
      self.parameters = parameters
      outcome = try XGBoostTrainer.train(
        training, validation: parameters.earlyStoppingRounds > 0 ? validation : nil,
        specification: specification, parameters: parameters
      ) { step in
        progress.report(
          "ranker of depth \(parameters.maxDepth)", done: step.round, total: step.rounds,
          unit: "trees",
          note: step.validationNDCG.map { String(format: "validation NDCG@10 %.4f", $0) } ?? "")
      }
      ranker = try XGBoostRanker(
        model: outcome.model, specification: specification,
        threads: ProcessInfo.processInfo.activeProcessorCount)
      scores = try ranker.score(validation.rows, items: [])
      ndcg = OrderQuality.meanNDCG(
        validation, scores: scores, relevantCounts: relevantCounts, k: 10)
    }
  }
}
