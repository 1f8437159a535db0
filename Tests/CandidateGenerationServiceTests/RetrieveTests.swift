import Artifacts
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Testing

@Suite struct RetrieveTests {
  @Test(arguments: ["exact", "auto", "HNSW16,Flat"])
  func eachSourceAnswersInItsOwnWay(_ index: String) async throws {
    try await CandidateFixture.run(alsIndex: index) { fixture in
      let request = CandidateFixture.request(["trending", "als"], history: [4, 8, 12])
      let response = try await fixture.client.retrieve(request)
      #expect(response.results.map(\.source) == ["trending", "als"])
      #expect(response.results.map(\.status) == [.ok, .ok])
      #expect(response.results.map(\.version) == ["v1", "v1"])
      #expect(response.results[0].indices == Array(0..<10))
      #expect(response.results[0].scores[0] == 100)
      let als = response.results[1]
      #expect(als.itemKeys.count == 10)
      #expect(als.indices.filter { $0 % 2 == 0 }.count >= 9)
      #expect(zip(als.scores, als.scores.dropFirst()).allSatisfy { $0 >= $1 })
      #expect(response.missingItemKeys.isEmpty)
    }
  }

  @Test func filtersAreHonouredWithFullLists() async throws {
    try await CandidateFixture.run { fixture in
      var request = CandidateFixture.request(["als", "trending"], quota: 8, history: [4, 8, 12])
      // The user likes comedies; dramas are asked for all the same.
      request.filter.anyCategories = ["drama"]
      var range = Recsys_Common_V1_NumericRange()
      range.attribute = "year"
      range.min = 1980
      request.filter.ranges = [range]
      request.excludeItemKeys = [21, 23].map { CandidateFixture.id($0).rawValue }
      let response = try await fixture.client.retrieve(request)
      for result in response.results {
        #expect(result.itemKeys.count == 8)
        #expect(Set(result.indices).count == 8)
        #expect(result.indices.allSatisfy { $0 % 2 == 1 && $0 >= 25 })
      }
      #expect(response.results[1].indices == [25, 27, 29, 31, 33, 35, 37, 39])
      // Asked again, from what was kept: the same answer; another filter: another one.
      #expect(
        try await fixture.client.retrieve(request).results[0].indices
          == response.results[0].indices)
      request.filter = Recsys_Common_V1_ItemFilter()
      request.filter.allowItemKeys = [1, 3, 21].map { CandidateFixture.id($0).rawValue }
      let allowed = try await fixture.client.retrieve(request)
      for result in allowed.results { #expect(Set(result.indices) == [1, 3]) }
    }
  }

  @Test func aPersonalSourceDoesNotServeAUserOfWhomItKnowsNothing() async throws {
    try await CandidateFixture.run { fixture in
      var request = CandidateFixture.request(["als", "trending"])
      var response = try await fixture.client.retrieve(request)
      #expect(response.results.map(\.status) == [.notApplicable, .ok])
      #expect(response.results[0].reason == "the user has no history")
      let stranger = ItemID(external: "never heard of")
      request.history =
        History(
          items: [stranger, CandidateFixture.id(3)], weights: [1, -1], timesMilliseconds: [2, 1]
        ).proto
      response = try await fixture.client.retrieve(request)
      #expect(response.results[0].status == .notApplicable)
      #expect(response.results[0].itemKeys.isEmpty)
      #expect(response.missingItemKeys == [stranger.rawValue])
    }
  }

  @Test func aLikeCountsInTheNextRequest() async throws {
    try await CandidateFixture.run { fixture in
      let comedies = try await fixture.client.retrieve(
        CandidateFixture.request(["als"], history: [4]))
      let dramas = try await fixture.client.retrieve(
        CandidateFixture.request(["als"], history: [5, 4]))
      #expect(comedies.results[0].indices.filter { $0 % 2 == 0 }.count >= 8)
      #expect(
        dramas.results[0].indices.filter { $0 % 2 == 1 }.count
          > comedies.results[0].indices.filter { $0 % 2 == 1 }.count)
    }
  }

  @Test func itemsThatTheCatalogueLacksAreNotReturned() async throws {
    let publishing: (CandidateFixture) throws -> Void = {
      try $0.publishCatalogue(0..<6)
      try $0.publishALS(seed: 1, label: "production")
      try $0.publishTrending()
    }
    try await CandidateFixture.run(publishing: publishing) { fixture in
      let response = try await fixture.client.retrieve(
        CandidateFixture.request(["als", "trending"], quota: 50, history: [50]))
      for result in response.results { #expect(Set(result.indices) == Set(0..<6)) }
    }
  }

  @Test func wrongFieldsAreNamed() async throws {
    try await CandidateFixture.run { fixture in
      var request = CandidateFixture.request(["als", "als", "psychic"], quota: 0)
      request.history.weights = [.nan]
      request.excludeItemKeys = [0]
      request.filter.allowItemIds = ["a"]
      let error = await #expect(throws: RPCError.self) {
        try await fixture.client.retrieve(request)
      }
      #expect(error?.code == .invalidArgument)
      let fields = Set(error?.fieldViolations.map(\.field) ?? [])
      #expect(
        fields.isSuperset(of: [
          "sources[0].quota", "sources[1].source", "sources[2].source", "history.weights",
          "exclude_item_keys[0]", "filter.allow_item_ids",
        ]))
      #expect(error?.message.contains("als, ") == true)
      let none = await #expect(throws: RPCError.self) {
        try await fixture.client.retrieve(CandidateFixture.request([]))
      }
      #expect(none?.fieldViolations.map(\.field) == ["sources"])
    }
  }

  @Test func withoutBundlesASourceSaysWhatIsMissing() async throws {
    try await CandidateFixture.run(publishing: { _ in }) { fixture in
      let response = try await fixture.client.retrieve(
        CandidateFixture.request(["als", "trending"], history: [1]))
      #expect(response.results.map(\.status) == [.failed, .failed])
      #expect(response.results[0].reason == "the catalogue is empty")
    }
    try await CandidateFixture.run(publishing: { try $0.publishCatalogue(0..<6) }) { fixture in
      let response = try await fixture.client.retrieve(
        CandidateFixture.request(["als", "trending"], history: [1]))
      #expect(response.results[0].reason == "no als bundle is labelled production")
      #expect(response.results[1].reason == "no trending bundle is labelled production")
    }
  }
}
