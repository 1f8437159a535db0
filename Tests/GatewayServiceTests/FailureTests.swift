import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

/// DESIGN.md section 6, row by row.
@Suite struct FailureTests {
  enum Trouble: CaseIterable {
    case unavailable, late, internalError, gone
  }

  /// Makes a service fail in one of the ways.
  static func break_(_ fake: FakeService, _ trouble: Trouble) async {
    switch trouble {
    case .unavailable: fake.set(.fails(RPCError(.unavailable, "down")))
    case .internalError: fake.set(.fails(RPCError(.internalError, "bug")))
    case .late: fake.set(.hangs)
    case .gone: await fake.stop()
    }
  }

  /// A budget that a test can wait out, where a call is to be late. All others have all the time there is.
  static func budget(
    _ budget: WritableKeyPath<Policy.Budgets, Duration>, for trouble: Trouble
  ) -> (inout GatewayConfiguration) -> Void {
    { if trouble == .late { $0.policy.budgets[keyPath: budget] = .milliseconds(250) } }
  }

  static func reason(_ trouble: Trouble) -> String {
    switch trouble {
    case .unavailable, .gone: "unavailable"
    case .late: "deadline"
    case .internalError: "failed"
    }
  }

  @Test("a ranker that wants features nobody declares costs the ranking, not the history")
  func refusedFeatures() async throws {
    try await GatewayFixture.run { suite in
      suite.features.refusesFeatures.withLock { $0 = true }
      let response = try await suite.recommend()
      #expect(response.items.count == 10)
      #expect(Set(response.ids).isDisjoint(with: World.items.suffix(3).map(\.externalID)))
      #expect(response.degradedComponents == ["ranking"])
      #expect(response.items.allSatisfy { $0.hasReason })
    }
  }

  @Test("without candidates, popular items that obey the filter", arguments: Trouble.allCases)
  func candidatesDown(_ trouble: Trouble) async throws {
    try await GatewayFixture.run(configure: Self.budget(\.candidates, for: trouble)) { suite in
      await Self.break_(suite.candidates.service, trouble)
      let response = try await suite.recommend { $0.filter.anyCategories = ["Even"] }
      #expect(response.items.count == 10)
      #expect(response.ids.allSatisfy { Int($0.dropFirst(5)).map { $0 % 2 == 0 } ?? false })
      #expect(Set(response.ids).isDisjoint(with: World.items.suffix(3).map(\.externalID)))
      #expect(response.degradedComponents == ["candidates"])
      #expect(response.degraded.first?.reason == Self.reason(trouble))
      #expect(response.degraded.first?.fallback == "popular items")
      #expect(response.items.allSatisfy { $0.sources.map(\.source) == ["popular"] })
      // They are still ranked and explained.
      #expect(response.items.map(\.score) == response.items.map(\.score).sorted(by: >))
      #expect(response.items.allSatisfy { $0.hasReason })
    }
  }

  @Test(
    "without the Feature service, contextual candidates in merged order",
    arguments: Trouble.allCases)
  func featuresDown(_ trouble: Trouble) async throws {
    try await GatewayFixture.run(configure: Self.budget(\.user, for: trouble)) { suite in
      let ranksBefore = suite.ranking.requests.count
      await Self.break_(suite.features.service, trouble)
      let response = try await suite.recommend()
      #expect(response.items.count == 10)
      #expect(response.degradedComponents == ["features/user"])
      #expect(response.degraded.first?.reason == Self.reason(trouble))
      #expect(Set(response.items.flatMap { $0.sources.map(\.source) }) == ["trending"])
      #expect(response.ids.first == "item-59")
      #expect(suite.ranking.requests.count == ranksBefore)
    }
  }

  @Test("without item features only, personal candidates in merged order")
  func itemFeaturesDown() async throws {
    try await GatewayFixture.run { suite in
      suite.features.service.set(.fails(RPCError(.internalError, "bug")), for: "getItems")
      let response = try await suite.recommend()
      #expect(response.degradedComponents == ["features/items"])
      #expect(response.items.count == 10)
      #expect(response.items.contains { $0.sources.map(\.source) == ["als", "trending"] })
    }
  }

  @Test("a session keeps its own history while the Feature service is down")
  func sessionWithoutFeatures() async throws {
    try await GatewayFixture.run { suite in
      await suite.features.service.stop()
      let response = try await suite.recommend {
        $0.subject.session.recentItemIds = ["item-1", "item-2"]
      }
      #expect(response.items.count == 10)
      #expect(Set(response.items.flatMap { $0.sources.map(\.source) }).contains("als"))
      #expect(Set(response.ids).isDisjoint(with: ["item-1", "item-2"]))
    }
  }

  @Test("without ranking, merged order", arguments: Trouble.allCases)
  func rankingDown(_ trouble: Trouble) async throws {
    try await GatewayFixture.run(configure: Self.budget(\.ranking, for: trouble)) { suite in
      await Self.break_(suite.ranking.service, trouble)
      let response = try await suite.recommend()
      #expect(response.items.count == 10)
      #expect(response.degradedComponents == ["ranking"])
      #expect(response.degraded.first?.reason == Self.reason(trouble))
      #expect(response.degraded.first?.fallback == "merged retrieval order")
      #expect(response.ids.first == "item-0")
      #expect(response.items.map(\.score) == response.items.map(\.score).sorted(by: >))
    }
  }

  @Test("without explanation, the slate without reasons", arguments: Trouble.allCases)
  func explanationDown(_ trouble: Trouble) async throws {
    try await GatewayFixture.run(configure: Self.budget(\.explanation, for: trouble)) { suite in
      await Self.break_(suite.explanation.service, trouble)
      let response = try await suite.recommend()
      #expect(response.items.count == 10)
      #expect(response.degradedComponents == ["explanation"])
      #expect(response.items.allSatisfy { !$0.hasReason })
      #expect(response.items.first?.score == 59)
    }
  }

  @Test("with everything down, popular items")
  func allDown() async throws {
    try await GatewayFixture.run { suite in
      for fake in [
        suite.candidates.service, suite.features.service, suite.ranking.service,
        suite.explanation.service,
      ] { await fake.stop() }
      let response = try await suite.recommend()
      #expect(response.items.count == 10)
      #expect(
        response.degradedComponents == ["features/user", "candidates", "explanation"])
    }
  }

  @Test(
    "one source in trouble leaves the others' candidates",
    arguments: [
      (Recsys_Candidates_V1_SourceResult.Status.timedOut, "deadline"), (.failed, "failed"),
    ])
  func oneSource(_ status: Recsys_Candidates_V1_SourceResult.Status, _ reason: String) async throws
  {
    try await GatewayFixture.run { suite in
      suite.candidates.status.withLock { $0["als"] = status }
      let response = try await suite.recommend()
      #expect(response.items.count == 10)
      #expect(response.degradedComponents == ["candidates/als"])
      #expect(response.degraded.first?.reason == reason)
      #expect(response.degraded.first?.fallback == "other sources")
    }
  }

  @Test("a late call is cancelled, not only left behind")
  func lateCallIsCancelled() async throws {
    try await GatewayFixture.run(configure: Self.budget(\.ranking, for: .late)) { suite in
      suite.ranking.service.set(.hangs, for: "rank")
      _ = try await suite.recommend()
      await suite.ranking.service.cancelled.wait()
    }
  }

  @Test("a dead backend does not cost each request its budget")
  func failFast() async throws {
    try await GatewayFixture.run { suite in
      await suite.ranking.service.stop()
      _ = try await suite.recommend()
      for _ in 0..<20 {
        let response = try await suite.recommend()
        #expect(response.degradedComponents == ["ranking"])
        // Who waits for the budget is told of a deadline.
        #expect(response.degraded.first?.reason == "unavailable")
      }
    }
  }

  @Test("full quality comes back after a restart")
  func recovery() async throws {
    try await GatewayFixture.run { suite in
      for fake in [suite.ranking.service, suite.candidates.service, suite.features.service] {
        await fake.stop()
        for _ in 0..<5 {
          let response = try await suite.recommend()
          #expect(!response.degraded.isEmpty)
        }
        try fake.restart()
        try await eventually { try await suite.recommend().degraded.isEmpty }
      }
    }
  }

  @Test("a ranker with other features is asked what it wants, and the request is ranked by it")
  func rankerSwap() async throws {
    try await GatewayFixture.run { suite in
      suite.ranking.model.withLock { $0 = 3 }
      let response = try await suite.recommend()
      #expect(response.degraded.isEmpty)
      #expect(response.versions.contains { $0.component == "ranker" && $0.version == "model-3" })
      #expect(response.items.first?.score == 59)
      #expect(suite.features.items.last?.features.features.count == 3)
      let ranks = suite.ranking.requests.count
      _ = try await suite.recommend()
      #expect(suite.ranking.requests.count == ranks + 1)
    }
  }

  @Test("answers that break their contract are not believed")
  func malformedAnswers() async throws {
    try await GatewayFixture.run { suite in
      suite.ranking.score.withLock { $0 = { _ in .nan } }
      let response = try await suite.recommend()
      #expect(response.items.count == 10)
      #expect(response.degraded.isEmpty)
    }
  }
}
