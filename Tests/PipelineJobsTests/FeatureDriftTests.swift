import Features
import Rankers
import RecommendationCore
import Testing

@testable import PipelineJobs

@Suite struct FeatureDriftTests {
  @Test func theDistanceIsThatOfTheDistributionFunctions() {
    #expect(FeatureDrift.distance([1, 2, 3, 4], [1, 2, 3, 4]) == 0)
    #expect(FeatureDrift.distance([1, 2], [3, 4]) == 1)
    #expect(FeatureDrift.distance([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5)
    #expect(FeatureDrift.distance([.nan, .nan, 1, 1], [1, 1, 1, 1]) == 0.5)
    #expect(FeatureDrift.distance([5, 5, 5], [5]) == 0)
  }

  @Test func driftedColumnsGoFromRowsAndSpecificationAlike() throws {
    let specification = RankerSpecification(
      userFeatures: FeatureSet([FeatureReference(view: "u", name: "a")]),
      itemFeatures: FeatureSet([
        FeatureReference(view: "i", name: "b"), FeatureReference(view: "i", name: "c"),
      ]), retrievalFeatures: ["als.rank"], contextFeatures: [])
    let learned = try #require(
      FeatureMatrix(rows: 2, columns: 4, values: [1, 10, 100, 1, 2, 20, 200, 0.5]))
    let served = try #require(
      FeatureMatrix(rows: 2, columns: 4, values: [1, 11, 100, 7, 2, 22, 200, 8]))
    let drift = FeatureDrift(learned: learned, served: served, specification: specification)
    // Column b moved by half of its distribution; ranks stay whatever they do.
    #expect(drift.dropped == ["i.b"])
    #expect(drift.specification.columnNames == ["u.a", "i.c", "retrieval.als.rank"])
    let narrowed = drift.narrowed(RankingExamples(rows: learned, labels: [0, 1], groups: [2]))
    #expect(narrowed.rows.values == [1, 100, 1, 2, 200, 0.5])
    #expect(narrowed.labels == [0, 1])
  }
}
