import Artifacts
import Rankers
import RecommendationCore

/// How a ranker gets into memory: loaded, checked, and warmed on what was asked of late.
enum RankerLoading {
  /// Rows of the trial run.
  private static let trialRows = 16

  static func models(
    _ configuration: RankingConfiguration, recent: RecentInputs
  ) -> LoadedModels<any Ranker> {
    let threads = configuration.threads
    return LoadedModels(
      registry: ModelRegistry(root: configuration.registryPath), kind: RankerFiles.bundleKind,
      spares: configuration.spareVersions, grace: configuration.grace
    ) { manifest, registry in
      let bundle = try registry.open(kind: manifest.kind, version: manifest.version)
      let ranker = try RankerFiles.load(from: bundle, threads: threads)
      try run(ranker)
      try warm(ranker, on: recent)
      return ranker
    }
  }

  /// Scores recorded requests. A model that fails on what is really asked is refused; one that does not has its
  /// pages and caches ready when its first request comes.
  private static func warm(_ ranker: any Ranker, on recent: RecentInputs) throws {
    for input in recent.inputs(for: ranker.specification) {
      _ = try ranker.score(input.rows, items: input.items)
    }
  }

  /// Scores rows of all kinds and takes the scores apart: a model that cannot do that for any input must
  /// not become current, and its first real request must not pay for page faults.
  private static func run(_ ranker: any Ranker) throws {
    var generator = SeededGenerator(seed: 1)
    var rows = FeatureMatrix(
      rows: trialRows, columns: ranker.specification.columnCount, repeating: .nan)
    for index in rows.columns..<rows.values.count {
      rows.values[index] = index < 2 * rows.columns ? 0 : .random(in: -10...10, using: &generator)
    }
    let items = (1...trialRows).map { ItemID(rawValue: UInt64($0)) }
    let scores = try ranker.score(rows, items: items)
    let parts = try ranker.contributions(rows, items: items)
    for (row, score) in scores.enumerated() {
      let sum = (0..<parts.columns).reduce(0.0) { $0 + Double(parts[row, $1]) }
      guard score.isFinite, abs(sum - Double(score)) <= 1e-3 * max(1, abs(sum)) else {
        throw RankerError(
          .malformedModel, "the contributions of a trial row do not add up to its score")
      }
    }
  }
}
