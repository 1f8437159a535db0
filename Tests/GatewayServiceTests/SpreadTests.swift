import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import Testing

@testable import GatewayService

/// How the options of diversity show in slates.
@Suite struct SpreadTests {
  private func number(_ id: String) -> Int { Int(id.dropFirst(5)) ?? -1 }

  @Test("windows hold over the seam of two pages")
  func windows() async throws {
    try await GatewayFixture.run { suite in
      func page(_ cursor: String) async throws -> Recsys_Gateway_V1_RecommendResponse {
        try await suite.recommend {
          $0.cursor = cursor
          $0.diversity.windows = [
            .with {
              $0.attribute = "category"
              $0.window = 3
              $0.maximum = 2
            }
          ]
        }
      }
      let first = try await page("")
      let second = try await page(first.nextCursor)
      let numbers = (first.ids + second.ids).map(number)
      #expect(Set(numbers).count == 20)
      for start in 0..<numbers.count - 2 {
        let run = numbers[start..<start + 3]
        #expect(Set(run.map { $0 % 2 }).count == 2, "\(run)")
        #expect(Set(run.map { $0 % 3 }).count >= 2, "\(run)")
      }
    }
  }

  @Test("caps by category, year and any attribute")
  func caps() async throws {
    try await GatewayFixture.run { suite in
      let capped = try await suite.recommend {
        $0.diversity.caps = [
          .with {
            $0.attribute = "category"
            $0.maximum = 5
          }
        ]
      }
      #expect(capped.ids.count { number($0) % 2 == 0 } == 5)
      for attribute in ["year", "number"] {
        let free = try await suite.recommend {
          $0.diversity.caps = [
            .with {
              $0.attribute = attribute
              $0.maximum = 1
            }
          ]
        }
        // No two films have one year or number: nothing changes.
        #expect(try await suite.recommend().ids == free.ids)
      }
    }
  }

  @Test("a determinantal process spreads, and the reply says what it cost")
  func determinantal() async throws {
    try await GatewayFixture.run { suite in
      let plain = try await suite.recommend { $0.diversity.mode = .off }
      let spread = try await suite.recommend {
        $0.diversity.mode = .dpp
        $0.diversity.strength = 1
      }
      #expect(plain.diversity.intraListDistanceAfter == plain.diversity.intraListDistanceBefore)
      #expect(plain.diversity.relevanceKept == 1)
      #expect(spread.diversity.intraListDistanceBefore == plain.diversity.intraListDistanceBefore)
      #expect(spread.diversity.intraListDistanceAfter >= plain.diversity.intraListDistanceAfter)
      #expect(spread.diversity.relevanceKept < 1)
    }
  }

  @Test("calibration follows the user's own mix, serendipity leaves it")
  func tastes() async throws {
    try await GatewayFixture.run { suite in
      // Ann liked even films of the third kind 0 only.
      suite.features.seen.withLock { $0 = [0, 6, 12, 18].map { World.items[$0].id } }
      func own(_ change: (inout Recsys_Gateway_V1_DiversityOptions) -> Void) async throws -> Int {
        try await suite.recommend { change(&$0.diversity) }.ids.count { number($0) % 6 == 0 }
      }
      let plain = try await own { _ in }
      let calibrated = try await own { $0.calibration = 0.95 }
      let other = try await own { $0.serendipity = 1 }
      #expect(calibrated > plain)
      #expect(other < calibrated)
      #expect(other == 0)
    }
  }

  @Test("freshness favours new films")
  func freshness() async throws {
    try await GatewayFixture.run { suite in
      func meanYear(_ freshness: Double) async throws -> Double {
        let slate = try await suite.recommend {
          $0.diversity.freshness = freshness
          $0.context.time.seconds = 1_600_000_000
        }
        return Double(slate.ids.reduce(0) { $0 + number($1) }) / Double(slate.ids.count)
      }
      let (plain, fresh) = (try await meanYear(0), try await meanYear(1))
      #expect(fresh > plain + 10)
    }
  }

  @Test("popularity counts against an item, from one call more where the ranker does not want it")
  func popularity() async throws {
    try await GatewayFixture.run { suite in
      let plain = try await suite.recommend().ids
      let calls = suite.features.items.count
      // The fake's popularity is its appeal: the best film is the most popular.
      let slate = try await suite.recommend { $0.diversity.popularityPenalty = 1 }
      #expect(suite.features.items.count == calls + 2)
      #expect(slate.ids != plain)
      #expect(slate.ids.first != plain.first)
      #expect(slate.diversity.relevanceKept < 1)
    }
  }

  @Test("options out of range are refused by name")
  func refusals() async throws {
    try await GatewayFixture.run { suite in
      let error = await rpcError {
        try await suite.recommend {
          $0.diversity.calibration = 1.5
          $0.diversity.serendipity = -1
          $0.diversity.freshness = .nan
          $0.diversity.popularityPenalty = .infinity
          $0.diversity.windows = [
            .with {
              $0.window = 1
              $0.maximum = 1
            }
          ]
          $0.diversity.caps = [.with { $0.attribute = "category" }]
        }
      }
      #expect(
        Set(error?.fieldViolations.map(\.field) ?? [])
          == [
            "diversity.calibration", "diversity.serendipity", "diversity.freshness",
            "diversity.popularity_penalty", "diversity.windows[0].attribute",
            "diversity.windows[0].window", "diversity.windows[0].maximum",
            "diversity.caps[0].maximum",
          ])
      let many = await rpcError {
        try await suite.recommend {
          $0.diversity.caps = (0..<17).map { _ in
            .with {
              $0.attribute = "a"
              $0.maximum = 1
            }
          }
        }
      }
      #expect(many?.fieldViolations.map(\.field) == ["diversity.caps"])
      let off = await rpcError {
        try await suite.recommend {
          $0.diversity.mode = .off
          $0.diversity.strength = 0.5
        }
      }
      #expect(off?.fieldViolations.map(\.field) == ["diversity.strength"])
    }
  }

  @Test("what was acted upon longer ago than the days asked for may come again")
  func seenAgain() async throws {
    try await GatewayFixture.run(configure: { $0.policy.seenAgainAfterDays = 30 }) { suite in
      _ = try await suite.recommend { $0.context.time.seconds = 100_000_000 }
      #expect(suite.features.users.last?.seenAfterMs == Int64(97_408_000_000))
      _ = try await suite.recommend {
        $0.context.time.seconds = 100_000_000
        $0.seenAgainAfterDays = 2
      }
      #expect(suite.features.users.last?.seenAfterMs == Int64(99_827_200_000))
      _ = try await suite.recommend { $0.seenAgainAfterDays = 0 }
      #expect(suite.features.users.last?.seenAfterMs == 0)
    }
  }
}
