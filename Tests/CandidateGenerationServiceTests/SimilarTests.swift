import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Testing

@Suite struct SimilarTests {
  private func request(_ indices: [Int], count: UInt32 = 8) -> Recsys_Candidates_V1_SimilarRequest {
    var request = Recsys_Candidates_V1_SimilarRequest()
    request.itemKeys = indices.map { CandidateFixture.id($0).rawValue }
    request.count = count
    return request
  }

  private func indices(_ response: Recsys_Candidates_V1_SimilarResponse) -> [Int] {
    response.itemKeys.map { CandidateFixture.indexOfKey[$0] ?? -1 }
  }

  @Test func neighboursShareTheTasteAndLeaveOutTheItemsThemselves() async throws {
    try await CandidateFixture.run { fixture in
      let response = try await fixture.client.similar(request([6, 10]))
      #expect(response.itemKeys.count == 8)
      #expect(indices(response).allSatisfy { $0 % 2 == 0 && $0 != 6 && $0 != 10 })
      #expect(zip(response.scores, response.scores.dropFirst()).allSatisfy { $0 >= $1 })
      #expect(response.scores.allSatisfy { (-1...1).contains($0) })
      #expect(response.versions.map(\.component) == ["als", "catalogue"])
      #expect(response.versions.map(\.version) == ["v1", "0"])
    }
  }

  @Test func filtersAndExcludesHoldForNeighboursToo() async throws {
    try await CandidateFixture.run { fixture in
      var filtered = request([6], count: 100)
      filtered.filter.anyCategories = ["drama"]
      filtered.excludeItemKeys = [CandidateFixture.id(1).rawValue]
      let response = try await fixture.client.similar(filtered)
      #expect(Set(indices(response)) == Set((0..<60).filter { $0 % 2 == 1 && $0 != 1 }))
    }
  }

  @Test func unknownItemsAreMissing() async throws {
    try await CandidateFixture.run { fixture in
      var asked = request([6])
      asked.itemKeys.append(99)
      var response = try await fixture.client.similar(asked)
      #expect(response.missingItemKeys == [99])
      #expect(response.itemKeys.count == 8)
      asked.itemKeys = [99]
      response = try await fixture.client.similar(asked)
      #expect(response.missingItemKeys == [99])
      #expect(response.itemKeys.isEmpty)
    }
  }

  @Test func withoutItsModelAKindIsRefusedWithTheReason() async throws {
    try await CandidateFixture.run { fixture in
      for kind in [Recsys_Candidates_V1_SimilarityKind.content, .blended] {
        var asked = request([6])
        asked.kind = kind
        let error = await #expect(throws: RPCError.self) { try await fixture.client.similar(asked) }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message.contains("content") == true)
      }
      let wrong = await #expect(throws: RPCError.self) {
        try await fixture.client.similar(request([], count: 0))
      }
      #expect(wrong?.fieldViolations.map(\.field) == ["item_keys", "count"])
    }
  }

  @Test func sourcesAreListedWithTheirVersions() async throws {
    try await CandidateFixture.run { fixture in
      let response = try await fixture.client.listSources(
        Recsys_Candidates_V1_ListSourcesRequest())
      #expect(response.sources.map(\.source) == StandardSource.all.map(\.name))
      let loaded = response.sources.filter { !$0.version.isEmpty }
      #expect(loaded.map(\.source) == ["als", "trending"])
      #expect(loaded.map(\.itemCount) == [60, 60])
      #expect(response.sources.allSatisfy { !$0.description_p.isEmpty })
    }
  }
}
