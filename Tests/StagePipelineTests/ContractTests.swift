import RecommendationCore
import StagePipeline
import Testing

@Suite struct ContractTests {
  @Test("a hydrator that drops or moves candidates is skipped where optional, and told")
  func hydratorOrder() async throws {
    let breaks: [@Sendable (inout [TestCandidate]) -> Void] = [
      { $0.removeLast() }, { $0.reverse() }, { $0.append(TestCandidate(id: 9)) },
    ]
    for work in breaks {
      let hydrator = FakeCandidateHydrator { candidates, query in
        work(&candidates)
        query.notes.append("changed")
      }
      let result = try await TestPipeline.test(steps: [
        .hydrate("features", hydrator, onFailure: .optional(fallback: "none"))
      ]).run()
      #expect(result.slate.map(\.id) == [1, 2, 3])
      #expect(result.query.notes.isEmpty)
      #expect(result.degradations.map(\.reason) == [.contract])
      await #expect(throws: StagePipelineError.self) {
        try await TestPipeline.test(steps: [.hydrate("features", hydrator)]).run()
      }
    }
  }

  @Test("a scorer with another number of scores is not believed")
  func scorerCount() async throws {
    let result = try await TestPipeline.test(steps: [
      .score("rank", FakeScorer { _ in [1, 2] }, onFailure: .optional(fallback: "merged order"))
    ]).run()
    #expect(result.slate.map(\.id) == [1, 2, 3])
    #expect(result.degradations.map(\.reason) == [.contract])
  }

  @Test("a filter that loses, adds or moves candidates fails the request")
  func filterParts() async {
    let breaks: [@Sendable ([TestCandidate]) -> Filtered<TestCandidate>] = [
      { Filtered(kept: Array($0.dropLast())) },
      { Filtered(kept: $0 + [TestCandidate(id: 9)]) },
      { Filtered(kept: $0.reversed()) },
      { Filtered(kept: $0, removed: [($0[0], "twice")]) },
      { Filtered(kept: Array($0.dropLast()), removed: [($0[0], "another")]) },
      { Filtered(kept: [$0[2], $0[1]], removed: [($0[0], "moved")]) },
    ]
    for work in breaks {
      await #expect(throws: StagePipelineError.self) {
        try await TestPipeline.test(steps: [.filter("rule", FakeFilter(work: work))]).run()
      }
    }
  }

  @Test("a selector may only pick from what it is given, each once")
  func selectorPicks() async throws {
    let breaks: [@Sendable ([TestCandidate]) -> [TestCandidate]] = [
      { [$0[0], $0[0]] }, { _ in [TestCandidate(id: 9)] },
    ]
    for work in breaks {
      let result = try await TestPipeline.test(steps: [
        .select("top", FakeSelector(work: work), onFailure: .optional(fallback: "by score"))
      ]).run()
      #expect(result.slate.map(\.id) == [1, 2, 3])
      #expect(result.degradations.map(\.reason) == [.contract])
    }
  }

  @Test("a thousand random filters part a list as their rule says")
  func randomFilters() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<1_000 {
      let candidates = (0..<Int.random(in: 0...20, using: &generator)).map { TestCandidate(id: $0) }
      let gone = Set(candidates.filter { _ in Bool.random(using: &generator) }.map(\.id))
      let result = Filtered(candidates) { gone.contains($0.id) ? "gone" : nil }
      #expect(result.kept == candidates.filter { !gone.contains($0.id) })
      #expect(result.removed.map(\.candidate) == candidates.filter { gone.contains($0.id) })
    }
  }
}
