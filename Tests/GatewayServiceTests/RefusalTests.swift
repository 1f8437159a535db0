import RPC
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@testable import GatewayService

@Suite struct RefusalTests {
  typealias Change = @Sendable (inout Recsys_Gateway_V1_RecommendRequest) -> Void

  static let mistakes: [(field: String, change: Change)] = [
    ("subject", { $0.clearSubject() }),
    ("subject.user_id", { $0.subject.userID = "" }),
    ("subject.user_id", { $0.subject.userID = String(repeating: "x", count: 257) }),
    (
      "subject.session.recent_item_ids",
      { $0.subject.session.recentItemIds = (0..<101).map { "\($0)" } }
    ),
    ("subject.session.recent_item_ids[1]", { $0.subject.session.recentItemIds = ["a", ""] }),
    ("count", { $0.count = 501 }),
    ("context.surface", { $0.context.surface = String(repeating: "x", count: 65) }),
    ("context.time", { $0.context.time.nanos = -1 }),
    ("diversity.strength", { $0.diversity.strength = 1.5 }),
    ("diversity.strength", { $0.diversity.strength = .nan }),
    ("diversity.max_per_category", { $0.diversity.maxPerCategory = 0 }),
    ("diversity.mode", { $0.diversity.mode = .UNRECOGNIZED(9) }),
    ("explain", { $0.explain = .UNRECOGNIZED(9) }),
    ("filter.allow_item_keys", { $0.filter.allowItemKeys = [1] }),
    ("filter.ranges[0].min", { $0.filter.ranges = [.with { $0.attribute = "year" }] }),
    (
      "filter.ranges[1].min",
      { request in
        let good = Recsys_Common_V1_NumericRange.with {
          $0.attribute = "year"
          $0.min = 1
        }
        var bad = good
        bad.min = .infinity
        request.filter.ranges = [good, bad]
      }
    ),
    ("cursor", { $0.cursor = "not a cursor" }),
    ("return_attributes", { $0.returnAttributes = (0..<33).map { "\($0)" } }),
    ("request_id", { $0.requestID = String(repeating: "x", count: 129) }),
  ]

  @Test("every bad field is named")
  func badFields() async throws {
    try await GatewayFixture.run { suite in
      for (field, change) in Self.mistakes {
        let error = await rpcError { try await suite.recommend(change) }
        #expect(error?.code == .invalidArgument, "\(field)")
        #expect(error?.fieldViolations.map(\.field) == [field])
      }
    }
  }

  @Test("all mistakes of a request are told at once")
  func manyMistakes() async throws {
    try await GatewayFixture.run { suite in
      let error = await rpcError {
        try await suite.recommend {
          $0.subject.userID = ""
          $0.count = 999
          $0.filter.denyItemKeys = [1]
        }
      }
      #expect(
        error?.fieldViolations.map(\.field) == [
          "subject.user_id", "count", "filter.deny_item_keys",
        ])
    }
  }

  @Test("a deadline beyond ten seconds is refused; one of ten is not")
  func deadlines() async throws {
    try await GatewayFixture.run(configure: {
      $0.policy.maximumDeadline = GatewayConfiguration().policy.maximumDeadline
    }) { suite in
      let error = await rpcError { try await suite.recommend(timeout: .seconds(3_600)) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.fieldViolations.map(\.field) == ["grpc-timeout"])
      let patient = try await suite.recommend(timeout: .seconds(10))
      #expect(patient.items.count == 10)
    }
  }
}
