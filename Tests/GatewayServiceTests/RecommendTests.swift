import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import Testing

@testable import GatewayService

@Suite struct RecommendTests {
  @Test("a slate comes in the ranker's order, with titles, sources, reasons and versions")
  func fullSlate() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.recommend {
        $0.returnAttributes = ["number", "year", "nothing"]
        $0.requestID = "my-request"
      }
      let liked = Set(World.items.suffix(3).map(\.externalID))
      let expected = World.items.filter { !liked.contains($0.externalID) }
        .sorted { World.appeal($0.id.rawValue) > World.appeal($1.id.rawValue) }
        .prefix(10).map(\.externalID)
      #expect(response.ids == Array(expected))
      #expect(response.degraded.isEmpty)
      #expect(response.items.map(\.rank) == Array(1...10))
      #expect(response.items.map(\.rankBeforeReranking) == Array(1...10))
      let first = try #require(response.items.first)
      let number = try #require(World.numberByKey[ItemID(external: first.itemID).rawValue])
      #expect(first.title == "Film \(number)")
      #expect(first.score == 59)
      #expect(Set(first.attributes.keys) == ["number", "year"])
      #expect(first.attributes["number"]?.number == Double(number))
      #expect(first.reason.text == "found by als and trending")
      #expect(first.reason.evidence.map(\.kind) == ["past_item"])
      #expect(response.requestID == "my-request")
      #expect(AttributionToken(text: response.attributionToken)?.requestID == "my-request")
      let versions = Dictionary(
        uniqueKeysWithValues: response.versions.map { ($0.component, $0.version) })
      #expect(versions["als"] == "als-1")
      #expect(versions["ranker"] == "model-1")
      #expect(versions["feature-state"] == "3")
      #expect(versions["catalogue"] == "7")
      #expect(versions["policy"]?.isEmpty == false)
      let stages = response.stageTimings.map(\.stage)
      #expect(
        stages == [
          "features/user", "fan_out", "eligibility", "seen", "features/items", "ranking", "rerank",
          "explanation",
        ])
      #expect(response.stageTimings.allSatisfy { $0.budgetUs > 0 })
      #expect(!response.underfilled)
    }
  }

  @Test("every source of an item is told, with its rank and raw score there")
  func provenance() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.recommend()
      for item in response.items {
        let number = try #require(World.numberByKey[ItemID(external: item.itemID).rawValue])
        #expect(item.sources.map(\.source) == ["als", "trending"])
        // 57 items are not seen; als counts from the front, trending from the back.
        #expect(item.sources.map(\.rank) == [UInt32(number + 1), UInt32(57 - number)])
        #expect(abs(item.sources[0].score - (10 - Double(number) / 10)) < 1e-5)
      }
    }
  }

  @Test("the ranker gets what it asked for: columns, rows and values")
  func rankerInput() async throws {
    try await GatewayFixture.run { suite in
      suite.candidates.status.withLock { $0["trending"] = .notApplicable }
      _ = try await suite.recommend {
        // A Saturday, five in the morning.
        $0.context.time = Google_Protobuf_Timestamp(milliseconds: 1_795_237_200_000)
      }
      let input = try #require(suite.ranking.requests.last?.input)
      #expect(input.fingerprint == 1_001)
      #expect(input.itemKeys.count == 57)
      let items = try FeatureMatrix(proto: input.itemFeatures)
      #expect(items.values == input.itemKeys.map(World.appeal))
      #expect(try FeatureMatrix(proto: input.contextFeatures).values == [5, 5])
      #expect(input.userFeatures.rows == 1)
      let retrieval = try FeatureMatrix(proto: input.retrievalFeatures)
      #expect(retrieval.rows == 57)
      for (row, key) in input.itemKeys.enumerated() {
        let number = try #require(World.numberByKey[key])
        #expect(abs(retrieval[row, 0] - (10 - Float(number) / 10)) < 1e-5)
        #expect(retrieval[row, 1] == 0)
        #expect(retrieval[row, 2] == 1)
        #expect(retrieval[row, 3].isNaN)
        #expect(retrieval[row, 4] == 0)
        #expect(retrieval[row, 5].isNaN)
      }
    }
  }

  @Test("an anonymous session's recent items ride as its history, and do not come back")
  func session() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.recommend {
        $0.subject.session.sessionID = "s1"
        $0.subject.session.recentItemIds = ["item-1", "item-2", "item-1"]
      }
      let asked = try #require(suite.features.users.last)
      #expect(asked.userKey == 0)
      #expect(asked.sessionKey == UserID(session: "s1").rawValue)
      let recent = ["item-1", "item-2"].map { ItemID(external: $0).rawValue }
      #expect(asked.recentItemKeys == recent)
      #expect(suite.candidates.requests.last?.history.itemKeys == recent)
      #expect(Set(response.ids).isDisjoint(with: ["item-1", "item-2"]))
      #expect(response.items.count == 10)
    }
  }

  @Test("a new user gets what is trending, and nothing is degraded")
  func newUser() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.recommend { $0.subject.userID = "nobody" }
      #expect(response.items.count == 10)
      #expect(response.degraded.isEmpty)
      #expect(Set(response.items.flatMap { $0.sources.map(\.source) }) == ["trending"])
    }
  }

  @Test("seen items come only when asked for")
  func seen() async throws {
    try await GatewayFixture.run { suite in
      let liked = Set(World.items.suffix(3).map(\.externalID))
      let usual = try await suite.recommend { $0.count = 60 }
      #expect(usual.items.count == 57)
      #expect(liked.isDisjoint(with: usual.ids))
      #expect(usual.underfilled)
      #expect(!usual.underfilledReason.isEmpty)
      let all = try await suite.recommend {
        $0.count = 60
        $0.excludeSeen = false
      }
      #expect(Set(all.ids).isSuperset(of: liked))
      #expect(!all.underfilled)
    }
  }

  @Test("the filter is looked at again after retrieval, and removals are told by reason")
  func filters() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.recommend {
        $0.count = 60
        $0.filter.noneCategories = ["Odd"]
        var range = Recsys_Common_V1_NumericRange()
        range.attribute = "year"
        range.min = 1970
        $0.filter.ranges = [range]
        $0.filter.denyItemIds = ["item-20"]
      }
      let expected = Set((10..<57).filter { $0 % 2 == 0 && $0 != 20 }.map { "item-\($0)" })
      #expect(Set(response.ids) == expected)
      let removals = Dictionary(
        uniqueKeysWithValues: response.removals.map { ($0.reason, $0.count) })
      #expect(removals["category"] == 28)
      #expect(removals["year"] == 5)
      #expect(removals["deny_list"] == 1)
      #expect(suite.candidates.requests.last?.filter.denyItemKeys == [World.items[20].id.rawValue])
    }
  }

  @Test("items allowed by name come, also those that no source finds")
  func allowList() async throws {
    try await GatewayFixture.run { suite in
      try suite.catalogue.apply(
        upserts: [Item(externalID: "unheard-of", title: "New")], deletes: [], sequence: 8)
      let response = try await suite.recommend {
        $0.filter.allowItemIds = ["item-3", "unheard-of", "not in the catalogue"]
      }
      #expect(Set(response.ids) == ["item-3", "unheard-of"])
      #expect(response.underfilled)
    }
  }

  @Test("an item that leaves the catalogue leaves the slates")
  func deletedItem() async throws {
    try await GatewayFixture.run { suite in
      let victim = try #require(try await suite.recommend().ids.first)
      try suite.catalogue.apply(
        upserts: [], deletes: [ItemID(external: victim)], sequence: 8)
      let response = try await suite.recommend()
      #expect(!response.ids.contains(victim))
      #expect(response.removals.map(\.reason) == ["unknown_item"])
    }
  }

  @Test("explanations come as asked for")
  func explainLevels() async throws {
    try await GatewayFixture.run { suite in
      let asked = suite.explanation.requests.count
      let none = try await suite.recommend { $0.explain = .none }
      #expect(suite.explanation.requests.count == asked)
      #expect(none.items.allSatisfy { !$0.hasReason })
      let text = try await suite.recommend { $0.explain = .text }
      #expect(text.items.allSatisfy { !$0.reason.text.isEmpty && $0.reason.evidence.isEmpty })
      _ = try await suite.recommend { $0.explain = .full }
      #expect(suite.explanation.requests.last?.maxEvidence == 10)
    }
  }

  @Test("where the ranker sees no difference, retrieval's order stands")
  func ties() async throws {
    try await GatewayFixture.run { suite in
      suite.ranking.score.withLock { $0 = { _ in 0.5 } }
      let response = try await suite.recommend {
        $0.subject.userID = "nobody"
        $0.diversity.strength = 0.2
      }
      #expect(response.ids.first == "item-59")
      let off = try await suite.recommend {
        $0.subject.userID = "nobody"
        $0.diversity.mode = .off
      }
      #expect(off.ids == (50..<60).reversed().map { "item-\($0)" })
    }
  }

  @Test("a cap by category is kept, and its cost reported")
  func diversity() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.recommend {
        $0.count = 6
        $0.diversity.strength = 0.9
        $0.diversity.maxPerCategory = 3
      }
      let odd = response.ids.count { Int($0.dropFirst(5)).map { $0 % 2 == 1 } ?? false }
      #expect(odd == 3)
      #expect(
        response.diversity.intraListDistanceAfter >= response.diversity.intraListDistanceBefore)
      #expect(response.diversity.relevanceKept <= 1)
      let off = try await suite.recommend { $0.diversity.mode = .off }
      #expect(off.diversity.relevanceKept == 1)
    }
  }
}
