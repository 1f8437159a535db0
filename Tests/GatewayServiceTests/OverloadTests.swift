import RPC
import RecommendationProtos
import StagePipeline
import TestSupport
import Testing

@testable import GatewayService

/// The gateway with more to do than it can.
@Suite struct OverloadTests {
  @Test func whatIsTooMuchIsRefusedBeforeAnyWorkAndToldWhenToComeBack() async throws {
    try await GatewayFixture.run(configure: { configuration in
      configuration.load.minimumInFlight = 2
      configuration.load.maximumInFlight = 2
    }) { suite in
      let gate = Gate()
      suite.features.service.set(.waits(gate), for: "getUser")
      let asked = suite.features.users.count
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<2 { group.addTask { try await suite.recommend().items.count } }
        await suite.features.users.wait(for: asked + 2)
        let error = await rpcError { try await suite.recommend() }
        #expect(error?.code == .resourceExhausted)
        let delay = error?.retryDelay ?? .zero
        #expect(delay >= .milliseconds(100) && delay <= .milliseconds(300))
        #expect(suite.features.users.count == asked + 2)
        gate.open()
        for try await count in group { #expect(count == 10) }
      }
      let after = try await suite.recommend()
      #expect(after.items.count == 10)
    }
  }

  @Test func aServiceThatShedsNarrowsTheNextRequestsAndSaysSo() async throws {
    try await GatewayFixture.run { suite in
      suite.ranking.service.set(
        .fails(.resourceExhausted("full", retryAfter: .milliseconds(50))), for: "rank")
      var response = try await suite.recommend()
      #expect(response.degraded.map(\.reason).contains("overloaded"))
      func narrowing() -> Recsys_Gateway_V1_Degradation? {
        response.degraded.first { $0.component == "gateway" }
      }
      try await eventually {
        response = try await suite.recommend()
        return narrowing() != nil
      }
      let told = try #require(narrowing())
      #expect(told.reason == "overload")
      #expect(told.fallback.hasSuffix(" candidates"))
      #expect(response.items.count == 10)
      let quota = suite.candidates.requests.last?.sources.first?.quota ?? 0
      #expect(quota < 400 && quota >= 10)
      suite.ranking.service.set(.answers, for: "rank")
      // Back in full width.
      try await eventually { try await suite.recommend().degraded.isEmpty }
    }
  }
}
