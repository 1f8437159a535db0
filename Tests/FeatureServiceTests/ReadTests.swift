import Catalogue
import Features
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import TestSupport
import Testing

struct ReadTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory("feature-service") }

  @Test func onlineFeaturesHaveTheBitsOfTheTrainingEngine() async throws {
    try await FeatureFixture.run(folder) { fixture in
      let items = (0..<40).map {
        Item(
          externalID: "i\($0)", title: "t", categories: ["c\($0 % 5)", "d\($0 % 3)"],
          year: Int32(1960 + $0), price: Double($0))
      }
      try await fixture.upsert(items)
      let catalogue = LiveCatalogue()
      try catalogue.apply(upserts: items, deletes: [], sequence: 1)
      var engine = FeatureEngine(catalogue: catalogue.snapshot)
      var generator = SeededGenerator(seed: 3)
      var time: Int64 = 1_000_000
      for _ in 0..<20 {
        let events = (0..<15).map { _ in
          time += Int64.random(in: 0...50_000, using: &generator)
          return FeatureFixture.event(
            "u\(Int.random(in: 0..<4, using: &generator))",
            "i\(Int.random(in: 0..<45, using: &generator))",
            [.view, .like, .dislike, .impression, .purchase].randomElement(using: &generator)
              ?? .view, seconds: time)
        }
        _ = try await fixture.record(events)
        for event in events { engine.apply(try Event(proto: event, now: .max / 2)) }
      }
      let moment = (time + 86_400) * 1_000
      let userPlan = try FeaturePlan.user(FeatureCatalogue.userFeatures)
      let itemPlan = try FeaturePlan.items(FeatureCatalogue.itemFeatures)
      let names = (0..<45).map { "i\($0)" }
      for user in (0..<5).map({ "u\($0)" }) {
        let id = UserID(external: user)
        let read = try await fixture.user(user) { $0.timeMs = moment }
        let expected = engine.userFeatures(id, userPlan, at: moment)
        #expect(read.features == expected.proto(fingerprint: userPlan.features.fingerprint))
        #expect(try History(proto: read.history) == engine.history(of: id, limit: 500))
        let rows = try await fixture.items(names, user: user) { $0.timeMs = moment }
        let expectedRows = engine.itemFeatures(
          names.map { ItemID(external: $0) }, user: id, itemPlan, at: moment)
        #expect(rows.features == expectedRows.proto(fingerprint: itemPlan.features.fingerprint))
        #expect(rows.missingItemKeys == (40..<45).map { ItemID(external: "i\($0)").rawValue })
      }
    }
  }

  @Test func unknownFeaturesAndOtherFingerprintsAreRefused() async throws {
    try await FeatureFixture.run(folder) { fixture in
      let unknown = FeatureSet([FeatureReference(view: "user_taste", name: "shoe_size")])
      let first = await #expect(throws: RPCError.self) {
        try await fixture.user("u", features: unknown)
      }
      #expect(first?.code == .invalidArgument)
      #expect(first?.message.contains("user_taste.shoe_size") == true)
      let second = await #expect(throws: RPCError.self) {
        try await fixture.items(["a"], user: "u") { $0.features.fingerprint ^= 1 }
      }
      #expect(second?.code == .failedPrecondition)
      let swapped = await #expect(throws: RPCError.self) {
        try await fixture.user("u") { $0.features.features.swapAt(0, 1) }
      }
      #expect(swapped?.code == .failedPrecondition)
      let none = await #expect(throws: RPCError.self) {
        try await fixture.items([], user: "u")
      }
      #expect(none?.fieldViolations.map(\.field) == ["item_keys"])
      let negative = await #expect(throws: RPCError.self) {
        try await fixture.user("u") {
          $0.timeMs = -1
          $0.historyLimit = 6_000
        }
      }
      #expect(Set(negative?.fieldViolations.map(\.field) ?? []) == ["time_ms", "history_limit"])
    }
  }

  @Test func aListThatWasAskedForBeforeGoesByItsFingerprintAlone() async throws {
    try await FeatureFixture.run(folder) { fixture in
      try await fixture.upsert([Item(externalID: "a", title: "A", categories: ["x"])])
      let unknown = await #expect(throws: RPCError.self) {
        try await fixture.items(["a"], user: "u") { $0.features.features = [] }
      }
      #expect(unknown?.code == .failedPrecondition)
      #expect(unknown?.reason == FeatureSetReasons.unknown)
      let named = try await fixture.items(["a"], user: "u") { $0.timeMs = 5_000 }
      let short = try await fixture.items(["a"], user: "u") {
        $0.features.features = []
        $0.timeMs = 5_000
      }
      #expect(short == named && short.features.columns > 0)
      let user = await #expect(throws: RPCError.self) {
        try await fixture.user("u") { $0.features.features = [] }
      }
      #expect(user?.reason == FeatureSetReasons.unknown)
      // No list at all is no list by its fingerprint.
      let none = await #expect(throws: RPCError.self) {
        try await fixture.items(["a"], user: "u") { $0.features = .init() }
      }
      #expect(none?.fieldViolations.map(\.field) == ["features"])
    }
  }

  @Test func recentItemsOfASessionCountAsTheNewestPartOfTheHistory() async throws {
    try await FeatureFixture.run(folder) { fixture in
      try await fixture.upsert([
        Item(externalID: "a", title: "A", categories: ["x"]),
        Item(externalID: "b", title: "B", categories: ["y"]),
      ])
      let anonymous = try await fixture.user("") {
        $0.recentItemKeys = ["b", "a"].map { ItemID(external: $0).rawValue }
      }
      #expect(!anonymous.known && anonymous.stateVersion == 0)
      #expect(
        anonymous.history.itemKeys == ["b", "a"].map { ItemID(external: $0).rawValue })
      _ = try await fixture.record([FeatureFixture.event("u", "a", seconds: 10)])
      let user = try await fixture.user("u") {
        $0.recentItemKeys = [ItemID(external: "b").rawValue]
        $0.timeMs = 5_000
      }
      #expect(user.stateVersion == 1)
      #expect(user.history.itemKeys == ["b", "a"].map { ItemID(external: $0).rawValue })
      let affinity = FeatureSet([FeatureReference(view: "affinity", name: "recent_category_max")])
      let rows = try await fixture.items(["b"], user: "", features: affinity) {
        $0.recentItemKeys = [ItemID(external: "b").rawValue]
      }
      #expect(try FeatureMatrix(proto: rows.features)[0, 0] == 1)
      let after = try await fixture.user("u")
      #expect(after.history.itemKeys == [ItemID(external: "a").rawValue])
    }
  }

  @Test func theListNamesEveryDeclaration() async throws {
    try await FeatureFixture.run(folder) { fixture in
      let list = try await fixture.client.listFeatures(Recsys_Features_V1_ListFeaturesRequest())
      #expect(list.features.count == FeatureCatalogue.declared.count)
      #expect(list.features.allSatisfy { $0.entity != .unspecified && !$0.description_p.isEmpty })
    }
  }
}
