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
    var parameters = XGBoostParameters()
    parameters.rounds = rounds
    if keepsAllRounds { parameters.earlyStoppingRounds = 0 }
    parameters.seed = UInt32(truncatingIfNeeded: seed)
    progress.say(
      "ranker: \(training.groups.count) users, \(training.labels.count) rows, "
        + "\(specification.columnCount) features")
    let outcome = try XGBoostTrainer.train(
      training, validation: keepsAllRounds ? nil : validation, specification: specification,
      parameters: parameters
    ) { step in
      progress.report(
        "ranker", done: step.round, total: step.rounds, unit: "trees",
        note: step.validationNDCG.map { String(format: "validation NDCG@10 %.4f", $0) } ?? "")
    }
    let ranker = try XGBoostRanker(
      model: outcome.model, specification: specification,
      threads: ProcessInfo.processInfo.activeProcessorCount)
    let scores = try ranker.score(validation.rows, items: [])
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
}
