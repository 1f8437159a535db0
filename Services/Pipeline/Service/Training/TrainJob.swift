import Artifacts
import Catalogue
import Datasets
import Foundation
import Models
import Rankers
import RecommendationCore

/// Trains everything that the services load, and publishes it with a label: `production`, unless told otherwise.
///
/// First the retrieval models are fitted on the early part of the training interactions, and the ranker
/// learns from what came after it: so it sees retrieval scores of items that retrieval did not know to be
/// liked, as it will when serving. Then the retrieval models are fitted again on all of them.
public struct TrainJob: Sendable {
  /// Settings; nil takes what suits the size of the data.
  public struct Options: Sendable {
    /// Length of the vectors.
    public var factors: Int?
    /// Passes over the data.
    public var epochs: Int?
    /// Most trees of the ranker.
    public var rounds = 300
    /// Share of the training interactions, the latest, from which the ranker learns.
    public var rankerShare = 0.2
    /// Whether the ranker keeps all `rounds` trees, also those that no longer help: for measuring what
    /// so many trees cost.
    public var keepsAllRounds = false
    /// Whether the ranker reads every feature, also those that drift and those of sources that are not
    /// there: for measuring what so many features cost.
    public var keepsAllFeatures = false
    /// The ranker does without columns whose names begin so, e.g. "context.".
    public var leftOut: [String] = []
    /// What the bundles are labelled.
    public var label = "production"
    /// Equal seeds give equal models.
    public var seed: UInt64 = 1
    /// The default settings.
    public init() {}
  }

  /// A bundle that was published.
  public struct Published: Codable, Sendable {
    /// e.g. "als".
    public var kind: String
    /// e.g. "v1".
    public var version: String
    /// What was measured of it.
    public var metrics: [String: Double]
  }

  /// What came of it.
  public struct Outcome: Codable, Sendable {
    /// The bundles, all with the same label.
    public var bundles: [Published]
    /// Wall time.
    public var seconds: Double
  }

  /// Settings.
  public var options: Options

  /// A training.
  public init(options: Options = Options()) { self.options = options }

  /// Trains on a state folder's dataset.
  public func run(in state: StateFolder, progress: ProgressPrinter) throws -> Outcome {
    let start = ContinuousClock.now
    let log = TrainingLog(try state.requireDataset())
    let fingerprint = state.dataset.manifest?.fingerprint ?? ""
    progress.say(
      "training on \(log.rows.count) interactions of \(log.users.count) users with "
        + "\(log.items.count) items")
    let configuration = RetrievalModels.configuration(
      log, factors: options.factors, epochs: options.epochs, seed: options.seed)
    let (builder, examples, halfLives) = try rankerExamples(log, configuration, progress)
    let models = try RetrievalModels.fit(
      log, before: nil, configuration: configuration, halfLives: halfLives
    ) {
      progress.report("iALS on all", done: $0.epoch, total: $0.epochs, unit: "epochs")
    }
    let drift = try featureDrift(log, models, builder, examples, progress)
    guard drift.specification.columnCount > 0 else {
      throw PipelineError(.usage, "no column is left for the ranker")
    }
    let ranker = try TrainedRanker.train(
      examples, drift: drift, rounds: options.rounds, keepsAllRounds: options.keepsAllRounds,
      seed: options.seed, progress: progress)
    let publisher = BundlePublisher(
      registry: state.registry, dataFingerprint: fingerprint,
      domain: BundlePublisher.domain(ofDataset: log.dataset.name))
    let bundles = try publisher.publish(
      models, ranker: ranker, items: log.dataset.items, label: options.label)
    return Outcome(bundles: bundles, seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  private func featureDrift(
    _ log: TrainingLog, _ models: RetrievalModels, _ builder: RankerExampleBuilder,
    _ examples: RankerExampleBuilder.Output, _ progress: ProgressPrinter
  ) throws -> FeatureDrift {
    guard !options.keepsAllFeatures else {
      return FeatureDrift(keepingAll: builder.input.specification)
    }
    let drift = FeatureDrift(
      learned: examples.validation.rows,
      served: try ServedRows(
        log: log, retrieval: OfflineRetrieval(models: models, items: log.dataset.items),
        input: builder.input, catalogue: builder.catalogue
      ).sample(users: 300, seed: options.seed), specification: builder.input.specification,
      leavingOut: options.leftOut)
    if !drift.dropped.isEmpty {
      progress.say(
        "left out, as told or since they drift: " + drift.dropped.joined(separator: ", "))
    }
    return drift
  }

  private func rankerExamples(
    _ log: TrainingLog, _ configuration: ALSConfiguration, _ progress: ProgressPrinter
  ) throws -> (RankerExampleBuilder, RankerExampleBuilder.Output, HistoryHalfLives) {
    let cut = log.time(atShare: 1 - options.rankerShare)
    var past = try RetrievalModels.fit(log, before: cut, configuration: configuration) {
      progress.report("iALS on the past", done: $0.epoch, total: $0.epochs, unit: "epochs")
    }
    let halfLives = try HistoryHalfLives.choose(past, log, cut: cut, seed: options.seed)
    for line in halfLives.report { progress.say(line) }
    past = try halfLives.chosen.applied(to: past)
    let catalogue = LiveCatalogue()
    try catalogue.replace(with: log.dataset.items, sequence: 1)
    let builder = RankerExampleBuilder(
      log: log, retrieval: OfflineRetrieval(models: past, items: log.dataset.items),
      input: try RankerInput.standard(),
      catalogue: catalogue.snapshot, seed: options.seed)
    let examples = try builder.build(from: cut) {
      progress.report("ranker's examples", done: $0, total: $1, unit: "users")
    }
    return (builder, examples, halfLives.chosen)
  }
}
