import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@testable import GatewayService

@Suite struct PassingOnTests {
  static func event(_ id: String) -> Recsys_Common_V1_Event {
    .with {
      $0.eventID = id
      $0.userID = "ann"
      $0.itemID = "item-1"
      $0.type = .click
    }
  }

  @Test("events go to the Feature service as they are, and its word on each comes back")
  func recordEvents() async throws {
    try await GatewayFixture.run { suite in
      let events = ["good", "twice", "bad"].map(Self.event)
      let response = try await suite.client.recordEvents(.with { $0.events = events })
      #expect(response.results.map(\.status) == [.accepted, .duplicate, .rejected])
      #expect(response.results.last?.reason == "value: must be a finite number")
      #expect(suite.features.events.last?.events == events)
      let empty = await rpcError { try await suite.client.recordEvents(.init()) }
      #expect(empty?.fieldViolations.map(\.field) == ["events"])
    }
  }

  @Test("events that cannot be kept are not acknowledged")
  func recordEventsDown() async throws {
    try await GatewayFixture.run { suite in
      suite.features.service.set(.fails(RPCError(.unavailable, "down")), for: "recordEvents")
      let error = await rpcError {
        try await suite.client.recordEvents(.with { $0.events = [Self.event("x")] })
      }
      #expect(error?.code == .unavailable)
    }
  }

  @Test("a stream of events is counted, and its rejections are told by their place")
  func streamEvents() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.client.streamEvents { writer in
        for batch in 0..<5 {
          try await writer.write(
            .with {
              $0.events = [
                Self.event("\(batch)"), Self.event("twice"), Self.event("bad"),
              ]
            })
        }
      }
      #expect(response.acceptedCount == 5)
      #expect(response.duplicateCount == 5)
      #expect(response.rejectedCount == 5)
      #expect(response.rejections.map(\.index) == [2, 5, 8, 11, 14])
    }
  }

  @Test("items are checked and passed on; a bad one is named and none is passed on")
  func upsertItems() async throws {
    try await GatewayFixture.run { suite in
      let items = World.items.prefix(2).map(\.proto)
      let response = try await suite.client.upsertItems(.with { $0.items = items })
      #expect(response.sequence == 99)
      #expect(response.commitTime.seconds > 1_700_000_000)
      #expect(suite.features.upserts.last?.items == items)
      let bad = await rpcError {
        try await suite.client.upsertItems(.with { $0.items = items + [.with { $0.id = "x" }] })
      }
      #expect(bad?.fieldViolations.map(\.field) == ["items[2].title"])
      #expect(suite.features.upserts.count == 1)
      let deleted = try await suite.client.deleteItems(.with { $0.itemIds = ["a", "nothing"] })
      #expect(deleted.sequence == 100)
      #expect(deleted.missingItemIds == ["nothing"])
    }
  }

  @Test("similar items come with titles, filtered, without the item itself")
  func similarItems() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.client.similarItems(
        .with {
          $0.itemID = "item-0"
          $0.count = 5
          $0.filter.anyCategories = ["Even"]
        })
      #expect(response.items.map(\.itemID) == (1...5).map { "item-\($0 * 2)" })
      #expect(response.items.map(\.rank) == [1, 2, 3, 4, 5])
      #expect(response.items.first?.title == "Film 2")
      #expect(response.versions.map(\.component) == ["als"])
      let unknown = await rpcError {
        try await suite.client.similarItems(.with { $0.itemID = "no-such" })
      }
      #expect(unknown?.code == .notFound)
    }
  }
}
