import Artifacts
import RPC
import Rankers
import RankingService
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@Suite struct ModelSwitchTests {
  @Test func everyReplyIsOfOneVersionWhileLabelsMove() async throws {
    try await RankingFixture.run { fixture in
      let weights: [Float] = [1, 2, 3]
      let versions = try weights.map { try fixture.publish(weight: $0) }
      try await fixture.parts.start()
      try await fixture.setLabel("production", versions[0])
      let expected = Dictionary(
        uniqueKeysWithValues: zip(versions, weights.map { w in [10, 20, 30].map { 5 + w * $0 } }))
      let seen = try await withThrowingTaskGroup(of: Set<String>.self) { group in
        for _ in 0..<4 {
          group.addTask {
            var seen: Set<String> = []
            for _ in 0..<150 {
              let response = try await fixture.rank()
              let wanted = expected[response.modelVersion]
              #expect(response.scores == wanted)
              seen.insert(response.modelVersion)
            }
            return seen
          }
        }
        for move in 1...12 { try await fixture.setLabel("production", versions[move % 3]) }
        return try await group.reduce(into: Set<String>()) { $0.formUnion($1) }
      }
      #expect(seen.isSubset(of: versions))
      let last = try await fixture.rank()
      #expect(last.modelVersion == versions[0])
    }
  }

  @Test func aBundleThatIsRefusedLeavesTheOldOneServing() async throws {
    try await RankingFixture.run { fixture in
      let version = try fixture.publish(weight: 2, label: "production")
      let broken = try fixture.publishBroken()
      try await fixture.parts.start()
      let error = await #expect(throws: RPCError.self) {
        try await fixture.setLabel("production", broken)
      }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message.contains("ranker.json") == true)
      #expect(try fixture.registry.resolve(kind: "ranker", label: "production") == version)
      let response = try await fixture.rank()
      #expect(response.modelVersion == version)
      let models = try await fixture.client.listModels(Recsys_Ranking_V1_ListModelsRequest())
      let listed = Dictionary(uniqueKeysWithValues: models.models.map { ($0.version, $0) })
      #expect(listed[version]?.loaded == true)
      #expect(listed[version]?.labels == ["production"])
      #expect(listed[version]?.kind == "linear")
      #expect(listed[version]?.metrics == ["ndcg": 0.5])
      #expect((listed[version]?.createTime.seconds ?? 0) > 0)
      #expect(listed[broken]?.loaded == false)
      #expect(listed[broken]?.loadError.contains("ranker.json") == true)
    }
  }

  @Test func aLabelThatMovesOnDiskIsFollowed() async throws {
    try await RankingFixture.run { fixture in
      try fixture.publish(weight: 2, label: "production")
      try await fixture.parts.start()
      await fixture.log.wait(for: "label switched")
      let second = try fixture.publish(weight: 3, label: "production")
      await fixture.log.wait(for: "label switched")
      let response = try await fixture.rank()
      #expect(response.modelVersion == second)
      let third = try fixture.publishBroken()
      try fixture.registry.setLabel(kind: "ranker", label: "production", version: third)
      await fixture.log.wait(for: "model refused, the one before serves on")
      let after = try await fixture.rank()
      #expect(after.modelVersion == second)
    }
  }

  @Test func aServiceWithoutAModelSaysSoAndServesOnceThereIsOne() async throws {
    try await RankingFixture.run { fixture in
      try await fixture.parts.start()
      let error = await #expect(throws: RPCError.self) { try await fixture.rank() }
      #expect(error?.code == .failedPrecondition)
      guard case .errorInfo(let reason, _, _) = error?.details.first else {
        Issue.record("no ErrorInfo")
        return
      }
      #expect(reason == "MODEL_NOT_LOADED")
      let previous = try await fixture.setLabel("production", fixture.publish(weight: 1))
      #expect(previous == "")
      #expect(try await fixture.rank().scores == [15, 25, 35])
    }
  }

  @Test func describeTellsTheFeaturesOfTheModelNamed() async throws {
    try await RankingFixture.run { fixture in
      try fixture.publish(weight: 1, label: "production")
      let other = RankerSpecification(
        userFeatures: RankingFixture.specification.userFeatures,
        itemFeatures: RankingFixture.specification.itemFeatures, retrievalFeatures: ["x"],
        contextFeatures: [])
      let canary = try fixture.publish(weight: 1, specification: other, label: "canary")
      try await fixture.parts.start()
      var request = Recsys_Ranking_V1_DescribeRequest()
      let production = try await fixture.client.describe(request)
      #expect(production.fingerprint == RankingFixture.specification.fingerprint)
      #expect(production.contextFeatures == ["hour_of_day"])
      request.model.label = "canary"
      let described = try await fixture.client.describe(request)
      #expect(described.modelVersion == canary)
      #expect(described.kind == "linear")
      #expect(described.fingerprint == other.fingerprint)
      #expect(described.retrievalFeatures == ["x"])
      let userFeatures = try FeatureSet(proto: described.userFeatures)
      #expect(userFeatures == other.userFeatures)
      request.model.version = canary
      #expect(try await fixture.client.describe(request) == described)
      request.model.label = "nobody"
      let error = await #expect(throws: RPCError.self) {
        try await fixture.client.describe(request)
      }
      #expect(error?.code == .failedPrecondition)
    }
  }

  @Test func whoeverGatheredForTheModelBeforeIsAnsweredByItForAWhileAndTold() async throws {
    try await RankingFixture.run { fixture in
      let old = try fixture.publish(weight: 2, label: "production")
      try await fixture.parts.start()
      let other = RankerSpecification(
        userFeatures: RankingFixture.specification.userFeatures,
        itemFeatures: RankingFixture.specification.itemFeatures, retrievalFeatures: ["x"],
        contextFeatures: [])
      let new = try fixture.publish(weight: 1, specification: other)
      // Recorded before the switch, so that the new model is run on it.
      for _ in 0..<3 { #expect(try await fixture.rank().currentVersion == "") }
      try await fixture.setLabel("production", new)
      let late = try await fixture.rank()
      #expect(late.modelVersion == old)
      #expect(late.scores == [25, 45, 65])
      #expect(late.currentVersion == new)
      // And back: the old one is the label's own again.
      try await fixture.setLabel("production", old)
      let after = try await fixture.rank()
      #expect(after.modelVersion == old)
      #expect(after.currentVersion == "")
      // A third: by now the second is the one before, and the first no longer is.
      let third = try fixture.publish(
        weight: 1,
        specification: RankerSpecification(
          userFeatures: RankingFixture.specification.userFeatures,
          itemFeatures: RankingFixture.specification.itemFeatures, retrievalFeatures: ["y"],
          contextFeatures: []))
      try await fixture.setLabel("production", new)
      try await fixture.setLabel("production", third)
      let error = await #expect(throws: RPCError.self) { try await fixture.rank() }
      #expect(error?.code == .failedPrecondition)
    }
  }

  @Test func labelsNeedANameAndAVersionThatIsThere() async throws {
    try await RankingFixture.run { fixture in
      try await fixture.parts.start()
      let empty = await #expect(throws: RPCError.self) { try await fixture.setLabel("", "") }
      #expect(empty?.fieldViolations.map(\.field) == ["label", "version"])
      let unknown = await #expect(throws: RPCError.self) {
        try await fixture.setLabel("production", "v99")
      }
      #expect(unknown?.code == .notFound)
      let path = await #expect(throws: RPCError.self) {
        try await fixture.setLabel("production", "../v1")
      }
      #expect(path?.code == .invalidArgument)
    }
  }
}
