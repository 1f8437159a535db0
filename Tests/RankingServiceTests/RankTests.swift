import Artifacts
import RPC
import Rankers
import RankingService
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Testing

@Suite struct RankTests {
  @Test func scoresComeBackInTheOrderGiven() async throws {
    try await RankingFixture.run { fixture in
      let version = try fixture.publish(weight: 2, label: "production")
      try await fixture.parts.start()
      let response = try await fixture.rank()
      #expect(response.scores == [25, 45, 65])
      #expect(response.modelVersion == version)
      #expect(response.fingerprint == RankingFixture.specification.fingerprint)
    }
  }

  @Test func featuresOfAnotherModelAreRefused() async throws {
    try await RankingFixture.run { fixture in
      let version = try fixture.publish(weight: 2, label: "production")
      try await fixture.parts.start()
      var input = RankingFixture.input()
      input.fingerprint += 1
      let error = await #expect(throws: RPCError.self) { try await fixture.rank(input) }
      #expect(error?.code == .failedPrecondition)
      guard case .errorInfo(let reason, _, let metadata) = error?.details.first else {
        Issue.record("no ErrorInfo")
        return
      }
      #expect(reason == "FEATURE_FINGERPRINT_MISMATCH")
      #expect(metadata["model_version"] == version)
    }
  }

  @Test(arguments: [
    ("input.item_keys", "none"), ("input.item_keys[1]", "zero"),
    ("input.user_features.columns", "user"), ("input.item_features.rows", "rows"),
    ("input.item_features.values", "bytes"), ("input.retrieval_features.rows", "missing"),
    ("input.item_features.values", "infinite"), ("input.context_features.values", "context"),
  ])
  func aMistakeIsNamedByItsField(field: String, mistake: String) async throws {
    try await RankingFixture.run { fixture in
      try fixture.publish(weight: 2, label: "production")
      try await fixture.parts.start()
      var input = RankingFixture.input()
      switch mistake {
      case "none": input.itemKeys = []
      case "zero": input.itemKeys[1] = 0
      case "user": input.userFeatures = RankingFixture.matrix(1, 2, [5, 5])
      case "rows": input.itemFeatures = RankingFixture.matrix(2, 2, [1, 2, 3, 4])
      case "bytes": input.itemFeatures.values.removeLast()
      case "missing": input.clearRetrievalFeatures()
      case "infinite":
        input.itemFeatures = RankingFixture.matrix(3, 2, [1, 2, 3, .infinity, 5, 6])
      default: input.contextFeatures = RankingFixture.matrix(1, 1, [-.infinity])
      }
      let error = await #expect(throws: RPCError.self) { try await fixture.rank(input) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.fieldViolations.contains { $0.field == field } == true)
    }
  }

  @Test func contributionsAddUpToTheScores() async throws {
    try await RankingFixture.run { fixture in
      try fixture.publish(weight: 2, label: "production")
      try await fixture.parts.start()
      var request = Recsys_Ranking_V1_AttributeRequest()
      request.input = RankingFixture.input()
      let response = try await fixture.client.attribute(request)
      #expect(response.scores == [25, 45, 65])
      #expect(response.featureNames == RankingFixture.specification.columnNames)
      let contributions = try FeatureMatrix(proto: response.contributions)
      #expect(contributions.columns == response.featureNames.count + 1)
      for row in 0..<3 {
        let sum = (0..<contributions.columns).reduce(Float(0)) { $0 + contributions[row, $1] }
        #expect(abs(sum - response.scores[row]) < 1e-4)
      }
    }
  }

  @Test func aLongAttributionIsWholeAndInOrder() async throws {
    try await RankingFixture.run { fixture in
      try fixture.publish(weight: 2, label: "production")
      try await fixture.parts.start()
      let count = 21
      var request = Recsys_Ranking_V1_AttributeRequest()
      request.input = RankingFixture.input()
      request.input.itemKeys = (1...UInt64(count)).map { $0 }
      request.input.itemFeatures = RankingFixture.matrix(
        count, 2, (0..<count * 2).map { Float($0) })
      request.input.retrievalFeatures = RankingFixture.matrix(
        count, 1, [Float](repeating: .nan, count: count))
      let response = try await fixture.client.attribute(request)
      let expected: [Float] = (0..<count).map { row in Float(5 + 2 * (row * 2 + 1)) }
      #expect(response.scores == expected)
      let contributions = try FeatureMatrix(proto: response.contributions)
      #expect(contributions.rows == count)
      for row in 0..<count { #expect(contributions[row, 2] == expected[row] - 5) }
    }
  }

  @Test func aTrainedModelServesAsItScoresInPlace() async throws {
    try await RankingFixture.run { fixture in
      let specification = RankingFixture.specification
      var generator = SeededGenerator(seed: 5)
      var rows = FeatureMatrix(rows: 400, columns: specification.columnCount)
      for index in rows.values.indices {
        rows.values[index] = .random(in: 0...1, using: &generator)
      }
      var parameters = XGBoostParameters()
      parameters.rounds = 10
      parameters.threads = 1
      let model = try XGBoostTrainer.train(
        RankingExamples(
          rows: rows, labels: (0..<400).map { rows[$0, 2] > 0.7 ? 1 : 0 },
          groups: [Int](repeating: 20, count: 20)),
        specification: specification, parameters: parameters
      ).model
      let ranker = try XGBoostRanker(model: model, specification: specification)
      let version = try RankerFiles.publish(
        ranker, in: fixture.registry, description: .init(name: "trees")
      ).version
      try await fixture.parts.start()
      try await fixture.setLabel("production", version)
      var input = RankingFixture.input()
      input.itemFeatures = RankingFixture.matrix(3, 2, [0.1, 0.2, 0.3, 0.9, 0.5, .nan])
      let expected = try ranker.score(
        #require(
          FeatureMatrix(
            rows: 3, columns: 5,
            values: [5, 0.1, 0.2, 0.1, 12, 5, 0.3, 0.9, .nan, 12, 5, 0.5, .nan, 0.3, 12])))
      let response = try await fixture.rank(input)
      #expect(response.scores == expected)
      #expect(response.scores[1] > response.scores[0])
    }
  }
}
