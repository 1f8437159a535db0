import Features
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import TestSupport
import Testing

struct EventTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory("feature-service") }

  @Test func everyEventHasItsOutcome() async throws {
    try await FeatureFixture.run(folder) { fixture in
      var infinite = FeatureFixture.event("u", "a")
      infinite.value = .infinity
      let future = Int64(Date().timeIntervalSince1970) + 3_600
      let response = try await fixture.record([
        FeatureFixture.event("u", "a", id: "one"), FeatureFixture.event("u", "b", id: "one"),
        FeatureFixture.event("u", ""), infinite,
        FeatureFixture.event("u", "c", seconds: future), FeatureFixture.event("v", "c", .view),
        FeatureFixture.event("v", "c", .unspecified),
      ])
      #expect(
        response.outcomes.map(\.status) == [
          .accepted, .duplicate, .rejected, .rejected, .rejected, .accepted, .rejected,
        ])
      let reasons = response.outcomes.map(\.reason)
      #expect(reasons[0].isEmpty)
      #expect(reasons[2].hasPrefix("item_id: "))
      #expect(reasons[3].hasPrefix("value: "))
      #expect(reasons[4].hasPrefix("event_time: "))
      #expect(reasons[6].hasPrefix("type: "))
      let versions = Dictionary(
        uniqueKeysWithValues: zip(response.userKeys, response.stateVersions))
      #expect(
        versions == [
          UserID(external: "u").rawValue: 1, UserID(external: "v").rawValue: 1,
        ])
    }
  }

  @Test func theNextReadSeesWhatWasAcknowledged() async throws {
    try await FeatureFixture.run(folder) { fixture in
      for step in 1...30 {
        let response = try await fixture.record([
          FeatureFixture.event("u", "item-\(step)", seconds: Int64(step))
        ])
        #expect(response.stateVersions == [UInt64(step)])
        let user = try await fixture.user("u") { $0.includeSeen = true }
        #expect(user.stateVersion == UInt64(step))
        #expect(user.history.itemKeys.first == ItemID(external: "item-\(step)").rawValue)
        #expect(user.seenItemKeys.count == step)
      }
    }
  }

  @Test func requestsOutOfLimitsAreRefusedByField() async throws {
    try await FeatureFixture.run(folder) { fixture in
      let empty = await #expect(throws: RPCError.self) { try await fixture.record([]) }
      #expect(empty?.code == .invalidArgument)
      #expect(empty?.fieldViolations.map(\.field) == ["events"])
      let many = await #expect(throws: RPCError.self) {
        try await fixture.record(
          [Recsys_Common_V1_Event](repeating: FeatureFixture.event("u", "a"), count: 10_001))
      }
      #expect(many?.fieldViolations.map(\.field) == ["events"])
    }
  }

  @Test func allIsThereAfterARestart() async throws {
    try await FeatureFixture.run(folder) { fixture in
      try await fixture.upsert([Item(externalID: "a", title: "A", categories: ["x"], year: 1999)])
      _ = try await fixture.record([FeatureFixture.event("u", "a", id: "one", seconds: 5)])
    }
    try await FeatureFixture.run(folder) { fixture in
      let user = try await fixture.user("u")
      #expect(user.known && user.stateVersion == 1)
      #expect(user.history.itemKeys == [ItemID(external: "a").rawValue])
      let again = try await fixture.record([FeatureFixture.event("u", "a", id: "one", seconds: 5)])
      #expect(again.outcomes.map(\.status) == [.duplicate])
      let items = try await fixture.items(["a", "b"], user: "u")
      #expect(items.missingItemKeys == [ItemID(external: "b").rawValue])
    }
  }
}
