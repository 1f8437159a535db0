import RPC
import RecommendationProtos
import StagePipeline
import Testing

@testable import GatewayService

/// The gateway with more to do than it can.
@Suite struct OverloadTests {
  @Test func whatIsTooMuchIsRefusedBeforeAnyWorkAndToldWhenToComeBack() async throws {
    try await GatewayFixture.run(configure: { configuration in
      configuration.load.minimumInFlight = 2
      configuration.load.maximumInFlight = 2
    }) { suite in
      suite.features.service.set(.hangs, for: "getUser")
      let asked = suite.features.users.count
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask { _ = try? await suite.recommend(timeout: .milliseconds(600)) }
        }
        while suite.features.users.count < asked + 2 { await Task.yield() }
        let error = await rpcError { try await suite.recommend() }
        #expect(error?.code == .resourceExhausted)
        let delay = error?.retryDelay ?? .zero
        #expect(delay >= .milliseconds(100) && delay <= .milliseconds(300))
        #expect(suite.features.users.count == asked + 2)
      }
      suite.features.service.set(.answers, for: "getUser")
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
      let end = ContinuousClock.now + .seconds(10)
      func narrowing() -> Recsys_Gateway_V1_Degradation? {
        response.degraded.first { $0.component == "gateway" }
      }
      while narrowing() == nil, .now < end { response = try await suite.recommend() }
      let told = try #require(narrowing())
      #expect(told.reason == "overload")
      #expect(told.fallback.hasSuffix(" candidates"))
      #expect(response.items.count == 10)
      let quota = suite.candidates.requests.last?.sources.first?.quota ?? 0
      #expect(quota < 400 && quota >= 10)
      suite.ranking.service.set(.answers, for: "rank")
      while !response.degraded.isEmpty, .now < end { response = try await suite.recommend() }
      #expect(response.degraded.isEmpty, "back in full width within seconds")
    }
  }
}
