import Metrics
import RecommendationProtos
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

@Suite struct ShadowTests {
  @Test func theSameOrderAgreesInFull() {
    let comparison = RankingComparison(scores: [5, 4, 3, 2, 1], top: 3)
    #expect(comparison.overlap == 1)
    #expect(comparison.rankCorrelation == 1)
    #expect(comparison.meanRankShift == 0)
  }

  @Test func theReverseOrderAgreesInNothing() {
    let comparison = RankingComparison(scores: [1, 2, 3, 4], top: 2)
    #expect(comparison.overlap == 0)
    #expect(comparison.rankCorrelation == -1)
    #expect(comparison.meanRankShift == 2)
  }

  @Test func aSwapAndWhatIsNotFinite() {
    // Places become 2, 1, 3, and the one without a number is last.
    let comparison = RankingComparison(scores: [3, 4, .nan, 2], top: 2)
    #expect(comparison.overlap == 1)
    #expect(comparison.meanRankShift == 1)
    // Shifts 1, 1, 1, 1: 1 - 6 * 4 / (4 * 15).
    #expect(abs(comparison.rankCorrelation - 0.6) < 1e-12)
    #expect(RankingComparison(scores: [], top: 5).overlap == 1)
    #expect(RankingComparison(scores: [.nan], top: 5).rankCorrelation == 1)
  }

  @Test func aShadowRankerGetsTheSameCandidatesAfterTheReply() async throws {
    try await GatewayFixture.run(configure: { configuration in
      configuration.shadow.label = "challenger"
      configuration.shadow.share = 1
    }) { suite in
      try await suite.service.shadow?.descriptions.refresh(timeout: GatewayFixture.patience)
      let response = try await suite.recommend()
      #expect(response.degraded.isEmpty)
      func shadows() -> [Recsys_Ranking_V1_RankRequest] {
        suite.ranking.requests.all.filter { $0.input.model.label == "challenger" }
      }
      await suite.ranking.requests.wait { $0.input.model.label == "challenger" }
      let shadow = try #require(shadows().last)
      let served = try #require(
        suite.ranking.requests.all.last { $0.input.model.label == "production" })
      #expect(Set(shadow.input.itemKeys) == Set(served.input.itemKeys))
      #expect(shadow.input.itemFeatures.rows == served.input.itemFeatures.rows)
    }
  }

  @Test func aShadowRankerThatHangsHoldsNobodyUp() async throws {
    try await GatewayFixture.run(configure: { configuration in
      configuration.shadow.label = "challenger"
      configuration.shadow.share = 1
      configuration.shadow.maximumInFlight = 2
    }) { suite in
      try await suite.service.shadow?.descriptions.refresh(timeout: GatewayFixture.patience)
      let before = suite.ranking.requests.all.count { $0.input.model.label == "challenger" }
      suite.ranking.hangsFor.withLock { $0 = "challenger" }
      for _ in 0..<10 {
        let response = try await suite.recommend()
        #expect(response.degraded.isEmpty)
      }
      let after = suite.ranking.requests.all.count { $0.input.model.label == "challenger" }
      #expect(after - before <= 2 + 2, "those under way when it began to hang, and two more")
    }
  }
}
