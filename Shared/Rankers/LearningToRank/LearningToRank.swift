public import RecommendationCore

internal import Evaluation

/// Learns to rank from one file of graded queries: settings of gradient-boosted trees and their number of rounds are
/// chosen by cross-validation over queries, and the best settings' models, one for each of some seeds, are averaged.
///
/// LambdaMART (Burges 2010), pairwise and squared-error trees compete; nothing but the given examples is looked at.
public struct LearningToRank: Sendable {
  /// Parts of the queries, each of which is judged by a model of the others.
  public var folds = 5
  /// Settings tried.
  public var trials = 18
  /// How many of the best settings are averaged.
  public var members = 6
  /// Models of each of them, by different seeds.
  public var seeds = 3
  /// Most rounds.
  public var rounds = 300
  /// Rounds between looks at the validation queries.
  public var step = 15
  /// Looks without a better one after which a trial ends.
  public var patience = 4
  /// Whether each column is also read as it stands within its query; rows to score must come in queries then.
  public var usesRelativeColumns = true
  /// Equal seeds choose, and learn, the same.
  public var seed: UInt64 = 1

  /// The defaults.
  public init() {}

  /// How far it is.
  public struct Progress: Sendable {
    /// Trials done.
    public var trial: Int
    /// Trials in all.
    public var trials: Int
    /// The mean NDCG, at 1, 3, 5 and 10, of the last trial.
    public var quality: Double
    /// The best so far.
    public var best: Double
    /// The settings of the last trial, in a line.
    public var settings: String
  }

  /// Chooses settings and learns.
  ///
  /// - Parameters:
  ///   - examples: labels from 0, not relevant, to 31; in groups, one a query.
  ///   - deadline: no trial begins after it; what was tried by then is chosen from.
  ///   - progress: called after each trial; what it throws ends the work.
  /// - Throws: ``RankerError/Code/invalidTraining`` when nothing can be learned from the examples.
  public func fit(
    _ examples: RankingExamples, deadline: ContinuousClock.Instant? = nil,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> LearnedRanking {
    try examples.check(
      "examples", specification: Self.specification(columns: examples.rows.columns))
    guard folds >= 2, trials >= 1, members >= 1, seeds >= 1, rounds >= 1, step >= 1, patience >= 1
    else {
      throw RankerError(.invalidTraining, "all numbers must be positive, and folds at least 2")
    }
    guard examples.groups.count >= folds else {
      throw RankerError(.invalidTraining, "\(examples.groups.count) queries for \(folds) folds")
    }
    var examples = examples
    let columns = examples.rows.columns
    if usesRelativeColumns {
      examples.rows = RelativeColumns.added(to: examples.rows, groups: examples.groups)
    }
    let queryFolds = QueryFolds(examples, count: folds, seed: seed)
    var done: [RankingTrial] = []
    for index in 0..<trials {
      if let deadline, !done.isEmpty, ContinuousClock.now >= deadline { break }
      let trial = try RankingTrial(
        RankingTrial.parameters(index, seed: seed), folds: queryFolds, search: self)
      done.append(trial)
      try progress(
        Progress(
          trial: done.count, trials: trials, quality: trial.quality,
          best: done.map(\.quality).max() ?? trial.quality, settings: trial.summary))
    }
    let best = done.enumerated().sorted {
      ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset)
    }.prefix(members).map(\.element)
    return try learned(best, examples: examples, columns: columns)
  }

  /// The models of the chosen settings on all examples.
  private func learned(
    _ chosen: [RankingTrial], examples: RankingExamples, columns: Int
  ) throws -> LearnedRanking {
    let specification = Self.specification(columns: examples.rows.columns)
    var models: [LearnedRanking.Member] = []
    for trial in chosen {
      for index in 0..<seeds {
        var parameters = trial.parameters
        parameters.rounds = trial.rounds
        parameters.earlyStoppingRounds = 0
        parameters.seed = UInt32(truncatingIfNeeded: seed) &+ UInt32(index)
        let outcome = try XGBoostTrainer.train(
          examples, specification: specification, parameters: parameters)
        models.append(
          LearnedRanking.Member(
            ranker: try XGBoostRanker(model: outcome.model, specification: specification),
            weight: 1 / trial.spread))
      }
    }
    let scores = RankingTrial.sum(chosen)
    let metrics = GradedMetrics(
      labels: examples.labels, scores: scores, groups: examples.groups)
    return LearnedRanking(
      members: models, columns: columns, usesRelativeColumns: usesRelativeColumns,
      settings: chosen.map(\.summary),
      validation: zip(metrics.places, metrics.ndcg).map { (place: $0, ndcg: $1) })
  }

  /// Columns without names of their own.
  static func specification(columns: Int) -> RankerSpecification {
    RankerSpecification(
      userFeatures: FeatureSet([]),
      itemFeatures: FeatureSet(
        (0..<columns).map { FeatureReference(view: "column", name: "\($0)") }),
      retrievalFeatures: [], contextFeatures: [])
  }
}

/// An average of trees that learned to rank.
public struct LearnedRanking: Sendable {
  struct Member: Sendable {
    var ranker: XGBoostRanker
    /// One over the spread of its margins, so that all count alike.
    var weight: Float
  }

  let members: [Member]
  /// Number of columns of the examples.
  let columns: Int
  let usesRelativeColumns: Bool
  /// The settings of the members, best first, in a line each.
  public let settings: [String]
  /// NDCG of the chosen settings' average, each query judged by models that did not see it. The settings were
  /// chosen by the same queries, so that it is a little too good.
  public let validation: [(place: Int, ndcg: Double)]

  /// Scores of rows; only their order within a query means something.
  ///
  /// - Parameter groups: how many rows each query has, in order; not needed without relative columns.
  /// - Throws: ``RankerError/Code/wrongShape`` for rows of another number of columns than the examples had, or groups
  ///   that do not add up to them.
  public func score(_ rows: FeatureMatrix, groups: [Int]) throws -> [Float] {
    guard rows.columns == columns else {
      throw RankerError(.wrongShape, "\(rows.columns) columns, the examples had \(columns)")
    }
    var wide = rows
    if usesRelativeColumns {
      guard groups.allSatisfy({ $0 > 0 }), groups.reduce(0, +) == rows.rows else {
        throw RankerError(.wrongShape, "the groups do not add up to \(rows.rows) rows")
      }
      wide = RelativeColumns.added(to: rows, groups: groups)
    }
    var sums = [Float](repeating: 0, count: rows.rows)
    for member in members {
      for (row, score) in try member.ranker.score(wide).enumerated() {
        sums[row] += member.weight * score
      }
    }
    return sums
  }
}
