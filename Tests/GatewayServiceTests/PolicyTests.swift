import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization
import Testing

@testable import GatewayService

@Suite struct PolicyTests {
  @Test("a request's policy makes its slate, and its version is in the reply")
  func named() async throws {
    try await GatewayFixture.run {
      var trendingOnly = $0.policy
      trendingOnly.sources.removeFirst()
      trendingOnly.defaultCount = 4
      $0.policies.add("trends", trendingOnly)
    } _: { suite in
      let usual = try await suite.recommend()
      let trends = try await suite.recommend {
        $0.policy = "trends"
        $0.count = 0
      }
      #expect(trends.items.count == 4)
      #expect(Set(trends.items.flatMap { $0.sources.map(\.source) }) == ["trending"])
      func version(_ response: Recsys_Gateway_V1_RecommendResponse) -> String? {
        response.versions.first { $0.component == "policy" }?.version
      }
      #expect(version(usual) != version(trends))
      let byName = try await suite.recommend { $0.policy = "default" }
      #expect(byName.ids == usual.ids)
      let unknown = await rpcError { try await suite.recommend { $0.policy = "nope" } }
      #expect(unknown?.code == .invalidArgument)
      #expect(unknown?.fieldViolations.map(\.field) == ["policy"])
    }
  }

  @Test("a request may restrict the sources, and need not be ranked")
  func restricted() async throws {
    try await GatewayFixture.run { suite in
      let ranked = suite.ranking.requests.count
      let response = try await suite.recommend {
        $0.sources = ["trending"]
        $0.withoutRanking = true
      }
      #expect(response.items.allSatisfy { $0.sources.map(\.source) == ["trending"] })
      #expect(response.items.map { $0.sources[0].rank } == (1...10).map { UInt32($0) })
      #expect(response.degraded.isEmpty)
      #expect(suite.ranking.requests.count == ranked)
      let asked = suite.candidates.requests.last
      #expect(asked?.sources.map(\.source) == ["trending"])
      let error = await rpcError { try await suite.recommend { $0.sources = ["als", "nope"] } }
      #expect(error?.fieldViolations.map(\.field) == ["sources[1]"])
    }
  }

  @Test("a source alone that finds nothing is not helped out by popular items")
  func restrictedToNothing() async throws {
    try await GatewayFixture.run { suite in
      suite.candidates.status.withLock { $0["trending"] = .notApplicable }
      let response = try await suite.recommend { $0.sources = ["trending"] }
      #expect(response.items.isEmpty)
      #expect(response.underfilled)
    }
  }

  @Test(
    "a required source that fails costs the request, an optional one only its candidates",
    arguments: [Recsys_Candidates_V1_SourceResult.Status.failed, .timedOut])
  func required(status: Recsys_Candidates_V1_SourceResult.Status) async throws {
    try await GatewayFixture.run {
      var strict = $0.policy
      strict.sources[0].isRequired = true
      $0.policies.add("strict", strict)
    } _: { suite in
      let whole = try await suite.recommend { $0.policy = "strict" }
      #expect(whole.items.count == 10)
      suite.candidates.status.withLock { $0["als"] = status }
      let lenient = try await suite.recommend()
      #expect(lenient.degradedComponents == ["candidates/als"])
      let error = await rpcError { try await suite.recommend { $0.policy = "strict" } }
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("als") == true)
      // A source that does not apply has answered.
      suite.candidates.status.withLock { $0["als"] = .notApplicable }
      let answered = try await suite.recommend { $0.policy = "strict" }
      #expect(answered.items.count == 10)
    }
  }

  @Test("a source that is off is not asked")
  func disabled() async throws {
    try await GatewayFixture.run {
      $0.policy.sources[0].isEnabled = false
    } _: { suite in
      _ = try await suite.recommend()
      #expect(suite.candidates.requests.last?.sources.map(\.source) == ["trending"])
      let error = await rpcError { try await suite.recommend { $0.sources = ["als"] } }
      #expect(error?.fieldViolations.map(\.field) == ["sources[0]"])
    }
  }

  @Test("drawn items come into their slots, with the probability with which they did")
  func exploration() async throws {
    try await GatewayFixture.run {
      var curious = $0.policy
      curious.sources[1].isEnabled = false
      curious.sources.append(Policy.Source(name: "exploration", quota: 4, reserved: 0, weight: 0))
      curious.exploration = Policy.Exploration(share: 0.5, slots: [2, 5])
      $0.policies.add("curious", curious)
    } _: { suite in
      var explored = 0
      for index in 0..<40 {
        let response = try await suite.recommend {
          $0.policy = "curious"
          $0.requestID = "request-\(index)"
          $0.withoutRanking = true
        }
        let places = response.items.filter { $0.propensity > 0 }.map(\.rank)
        let asked = try #require(suite.candidates.requests.last)
        #expect(response.items.count == 10)
        if asked.sources.map(\.source).contains("exploration") {
          explored += 1
          #expect(asked.sources.last?.quota == 2)
          #expect(places == [2, 5])
          #expect(response.items.allSatisfy { $0.propensity == 0 || $0.propensity == 0.125 })
          #expect(Set(response.ids).count == 10)
        } else {
          #expect(places.isEmpty)
        }
      }
      #expect((8...32).contains(explored))
    }
  }
}
