import Foundation
import RecommendationCore
import Testing

@testable import Rankers

@Suite struct RankerSpecificationTests {
  @Test func theFingerprintSeesEveryChange() {
    func make(
      user: [String] = ["a"], item: [String] = ["b", "c"], retrieval: [String] = ["d"],
      context: [String] = ["e"], version: UInt32 = 1
    ) -> UInt64 {
      RankerSpecification(
        userFeatures: FeatureSet(user.map { FeatureReference(view: "v", name: $0) }),
        itemFeatures: FeatureSet(
          item.map { FeatureReference(view: "v", name: $0, version: version) }),
        retrievalFeatures: retrieval, contextFeatures: context
      ).fingerprint
    }
    let prints = [
      make(), make(item: ["c", "b"]), make(version: 2), make(user: ["a", "b"], item: ["c"]),
      make(retrieval: [], context: ["d", "e"]), make(retrieval: ["d", "e"], context: []),
      make(user: []),
    ]
    #expect(Set(prints).count == prints.count)
    #expect(make() == make())
  }

  @Test func itSurvivesJSON() throws {
    let specification = RankingFixture.specification()
    let bytes = try JSONEncoder().encode(specification)
    let decoded = try JSONDecoder().decode(RankerSpecification.self, from: bytes)
    #expect(decoded == specification)
    #expect(decoded.columnNames.first == "user.count")
    #expect(decoded.columnNames.suffix(2) == ["retrieval.als.score", "context.hour_of_day"])
  }
}
