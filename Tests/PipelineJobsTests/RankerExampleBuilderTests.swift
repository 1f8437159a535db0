import Catalogue
import Datasets
import Features
import Models
import Rankers
import RecommendationCore
import SyntheticWorld
import Testing

@testable import PipelineJobs

@Suite struct RankerExampleBuilderTests {
  /// Examples of a log, with retrieval fitted on what lies before the cut.
  private func examples(
    _ dataset: Dataset, cut: Int64, moments: Int = 4
  ) throws -> RankerExampleBuilder.Output {
    let log = TrainingLog(dataset)
    let models = try RetrievalModels.fit(
      log, before: cut, configuration: ALSConfiguration(factors: 8, epochs: 3)
    ) { _ in }
    let catalogue = LiveCatalogue()
    try catalogue.replace(with: dataset.items, sequence: 1)
    var builder = RankerExampleBuilder(
      log: log, retrieval: OfflineRetrieval(models: models, items: dataset.items),
      input: try RankerInput.standard(), catalogue: catalogue.snapshot, seed: 3)
    builder.limits.rows = 1_000_000
    builder.limits.moments = moments
    return try builder.build(from: cut) { _, _ in }
  }

  @Test func featuresOfAMomentDoNotDependOnWhatCameAfterIt() async throws {
    var dataset = await GeneratedWorld.make(TinyData.world).dataset
    HoldoutSplit().apply(to: &dataset)
    let cut = TrainingLog(dataset).time(atShare: 0.8)
    let before = try examples(dataset, cut: cut, moments: 1)
    // From the last moment that is read on, at that very moment too, everybody dislikes everything.
    let table = dataset.interactions
    var firstAct: [Int32: Int64] = [:]
    for row in 0..<table.count where table.timesMilliseconds[row] >= cut && !table.isHeldOut(row) {
      let user = table.users[row]
      firstAct[user] = min(firstAct[user] ?? .max, table.timesMilliseconds[row])
    }
    let lastRead = try #require(firstAct.values.max())
    for (user, _) in firstAct.sorted(by: { $0.key < $1.key }) {
      for item in Int32(0)..<Int32(TinyData.world.items) {
        dataset.interactions.append(
          user: user, item: item, type: .dislike, value: 0,
          timeMilliseconds: lastRead + Int64(item % 2))
        dataset.interactions.heldOut.append(0)
      }
    }
    dataset.interactions.sortByTime()
    let after = try examples(dataset, cut: cut, moments: 1)
    for (one, other) in [
      (before.training, after.training), (before.validation, after.validation),
    ] {
      // By a flag: the difference of two long lists takes the test's printer for ever. Labels are not compared:
      // they are what came after.
      let isGroupedAlike = one.groups == other.groups
      #expect(isGroupedAlike)
      let same = zip(one.rows.values, other.rows.values)
        .allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
      #expect(same)
    }
  }

  @Test func positivesAreWhatTheUserLikedLaterAndRowsAddUp() async throws {
    var dataset = await GeneratedWorld.make(TinyData.world).dataset
    HoldoutSplit().apply(to: &dataset)
    let output = try examples(dataset, cut: TrainingLog(dataset).time(atShare: 0.8))
    for part in [output.training, output.validation] {
      #expect(part.groups.reduce(0, +) == part.labels.count)
      #expect(part.rows.rows == part.labels.count)
      #expect(part.labels.contains { $0 > 0 })
    }
    #expect(output.relevantCounts.count == output.validation.groups.count)
    #expect((0.3...1).contains(output.retrievalRecall))
  }

  @Test func labelsSayHowMuchSomethingWasLiked() {
    #expect(RankerExampleBuilder.label(nil) == 0)
    #expect(RankerExampleBuilder.label(-1) == 0)
    #expect(RankerExampleBuilder.label(0.3) == 1)
    #expect(RankerExampleBuilder.label(1.5) == 2)
  }

  @Test func ndcgCountsWhatRetrievalMissed() {
    let rows = FeatureMatrix(rows: 4, columns: 1)
    let examples = RankingExamples(rows: rows, labels: [0, 1, 0, 1], groups: [2, 2])
    let kept = OrderQuality.meanNDCG(examples, scores: nil, relevantCounts: [1, 2], k: 10)
    let second = 1 / 1.584962500721156
    #expect(abs(kept - (second + second / (1 + second)) / 2) < 1e-9)
    let best = OrderQuality.meanNDCG(
      examples, scores: [0, 1, 0, 1], relevantCounts: [1, 1], k: 10)
    #expect(best == 1)
  }
}
