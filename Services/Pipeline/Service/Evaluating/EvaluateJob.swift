import Datasets
import Artifacts
import Catalogue
public import Evaluation
import Features
import Foundation
import Models
import Rankers
import RecommendationCore

/// Measures the published models on the held-out interactions, beside the baselines.
public struct EvaluateJob: Sendable {
  /// So many users drawn at random; nil for all.
  public var sampleSize: Int?
  /// Of the sample.
  public var seed: UInt64

  /// An evaluation.
  public init(sampleSize: Int? = nil, seed: UInt64 = 1) {
    self.sampleSize = sampleSize
    self.seed = seed
  }

  /// Evaluates random, popularity, als, and als with the ranker.
  public func run(in state: StateFolder, progress: ProgressPrinter) throws -> [EvaluationReport] {
    let log = TrainingLog(try state.requireDataset())
    let held = HeldOutCases(log, sampleSize: sampleSize, seed: seed)
    guard !held.cases.isEmpty else {
      throw PipelineError(
        .insufficientData, "the dataset holds nothing out: import it with a split")
    }
    let models = try RetrievalModels.production(state.registry)
    let ranking = held.rankingProtocol(log)
    let random = RandomModel(seed: seed)
    progress.say("evaluating on \(held.cases.count) users, \(ranking.items.count) items")
    var reports = [
      try ranking.evaluate("random") { one, scores in
        for (row, item) in ranking.items.enumerated() {
          scores[row] = random.score(user: one.user, item: item)
        }
      }
    ]
    let popularity = ranking.items.map { models.popularity.scores.score(of: $0) ?? -.infinity }
    reports.append(
      try ranking.evaluate("popularity") { _, scores in
        for (row, score) in popularity.enumerated() { scores[row] = score }
      })
    let scorer = try SuiteScorer(state: state, log: log, models: models, held: held)
    let alsRows = ranking.items.map { models.als.items.row(of: $0) }
    reports.append(
      try ranking.evaluate("als") { one, scores in
        let all = models.als.scores(try models.als.foldIn(scorer.history(of: one.user)))
        for (row, place) in alsRows.enumerated() {
          scores[row] = place.map { all[$0] } ?? -.infinity
        }
      })
    let rowOfItem = Dictionary(
      uniqueKeysWithValues: ranking.items.indices.map { (ranking.items[$0], $0) })
    reports.append(
      try ranking.evaluate("als+ranker") { one, scores in
        scores.update(repeating: -.infinity)
        for (item, score) in try scorer.rank(one) {
          if let row = rowOfItem[item] { scores[row] = score }
        }
      })
    return reports
  }
}

/// What the suite does for a user, in one process: state, retrieval, features, ranking.
private struct SuiteScorer: Sendable {
  private let engine: FeatureEngine
  private let retrieval: OfflineRetrieval
  private let input: RankerInput
  private let ranker: any Ranker
  private let timeMilliseconds: Int64

  init(
    state: StateFolder, log: TrainingLog, models: RetrievalModels, held: HeldOutCases
  ) throws {
    let version = try state.registry.resolve(kind: RankerFiles.bundleKind, label: "production")
    ranker = try RankerFiles.load(
      from: state.registry.open(kind: RankerFiles.bundleKind, version: version),
      threads: ProcessInfo.processInfo.activeProcessorCount)
    input = try RankerInput(ranker.specification)
    retrieval = OfflineRetrieval(models: models, items: log.dataset.items)
    timeMilliseconds = held.timeMilliseconds
    let catalogue = LiveCatalogue()
    try catalogue.replace(with: log.dataset.items, sequence: 1)
    var engine = FeatureEngine(catalogue: catalogue.snapshot)
    var cursor = TrainingLogCursor(log)
    cursor.advance(to: .max) { engine.apply($0) }
    self.engine = engine
  }

  func history(of user: UserID) -> History {
    engine.history(of: user, limit: OfflineRetrieval.historyLimit)
  }

  func rank(_ one: EvaluationCase) throws -> [(ItemID, Float)] {
    let time = timeMilliseconds
    let candidates = try retrieval.candidates(
      history: history(of: one.user), seen: Set(one.train), at: time)
    let rows = input.rows(candidates, user: one.user, engine: engine, at: time)
    return Array(zip(candidates.map(\.item), try ranker.score(rows, items: candidates.map(\.item))))
  }
}
