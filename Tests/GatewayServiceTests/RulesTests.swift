import BusinessRules
import Catalogue
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import TestSupport
import SwiftProtobuf
import Synchronization
import Testing

@testable import GatewayService

/// Rules as they show in slates, over real RPC.
@Suite struct RulesTests {
  private typealias Rule = Recsys_Gateway_V1_BusinessRule

  private func rule(
    _ id: String, _ kind: Rule.Kind, _ change: (inout Rule) -> Void = { _ in }
  ) -> Rule {
    .with {
      $0.id = id
      $0.kind = kind
      change(&$0)
    }
  }

  /// A suite whose gateway has a file of rules.
  private func run(_ body: (GatewayFixture, RulesFile) async throws -> Void) async throws {
    let folder = try TemporaryDirectory()
    let file = RulesFile(path: folder.path("rules.yaml"))
    try await GatewayFixture.run(
      configure: {
        $0.rulesPath = file.path
        $0.operatorToken = "secret"
      }
    ) { suite in
      try await body(suite, file)
    }
  }

  @discardableResult
  private func set(
    _ rules: [Rule], _ suite: GatewayFixture, disabled: Bool = false, validateOnly: Bool = false
  ) async throws -> Recsys_Gateway_V1_SetRulesResponse {
    try await suite.operators("secret").setRules(
      .with {
        $0.rules.rules = rules
        $0.rules.disabled = disabled
        $0.validateOnly = validateOnly
      }, options: CallOptions(timeout: GatewayFixture.patience))
  }

  @Test("a pin stands at its slot whether a source found it or not, and says so")
  func pin() async throws {
    try await run { suite, _ in
      let plain = try await suite.recommend().ids
      let low = try await suite.recommend { $0.count = 50 }.ids[45]
      try await set(
        [
          rule("hero", .pin) {
            $0.items.allowItemIds = [low, "item-none", plain[0]]
            $0.slot = 3
          }
        ], suite)
      let slate = try await suite.recommend()
      #expect(slate.ids[2...3] == [low, plain[0]])
      #expect(slate.ids.filter { $0 != low } == plain[1...].prefix(2) + [plain[0]] + plain[3...8])
      #expect(slate.items[2].ruleIds == ["hero"])
      #expect(slate.items[0].ruleIds.isEmpty)
      #expect(slate.items[2].hasReason)
      #expect(slate.versions.contains { $0.component == "rules" && !$0.version.isEmpty })
    }
  }

  @Test(
    "a pin obeys filters and deny lists; it may bring back a seen item, unless the request says no")
  func pinEligibility() async throws {
    try await run { suite, _ in
      let seen = World.items[59].externalID
      try await set(
        [
          rule("hero", .pin) {
            $0.items.allowItemIds = [seen]
            $0.slot = 1
          }
        ], suite)
      #expect(try await suite.recommend().ids.first == seen)
      #expect(try await !suite.recommend { $0.excludeSeen = true }.ids.contains(seen))
      #expect(try await !suite.recommend { $0.filter.denyItemIds = [seen] }.ids.contains(seen))
      #expect(try await !suite.recommend { $0.filter.anyCategories = ["Even"] }.ids.contains(seen))
    }
  }

  @Test("a pin of a later page stays off the first, and stands there on the later one")
  func pinOnLaterPage() async throws {
    try await run { suite, _ in
      let top = try await suite.recommend().ids[0]
      try await set(
        [
          rule("late", .pin) {
            $0.items.allowItemIds = [top]
            $0.slot = 14
          }
        ], suite)
      let first = try await suite.recommend()
      #expect(!first.ids.contains(top))
      let second = try await suite.recommend { $0.cursor = first.nextCursor }
      #expect(second.ids[3] == top)
      #expect(second.items[3].rank == 14)
      let third = try await suite.recommend { $0.cursor = second.nextCursor }
      #expect(Set(third.ids).isDisjoint(with: first.ids + second.ids))
    }
  }

  @Test("blocked items do not come, and the removal names the rule; an earlier pin saves its own")
  func block() async throws {
    try await run { suite, _ in
      let odd = rule("no-odd", .block) { $0.items.anyCategories = ["Odd"] }
      try await set([odd], suite)
      let slate = try await suite.recommend()
      #expect(slate.items.count == 10)
      #expect(slate.ids.allSatisfy { Int($0.dropFirst(5)).map { $0 % 2 == 0 } ?? false })
      #expect(slate.removals.contains { $0.reason == "rule/no-odd" && $0.count > 0 })
      #expect(slate.items.allSatisfy { $0.ruleIds.isEmpty })
      let hero = rule("hero", .pin) {
        $0.items.allowItemIds = ["item-7"]
        $0.slot = 1
      }
      try await set([hero, odd], suite)
      #expect(try await suite.recommend().ids.first == "item-7")
      try await set([odd, hero], suite)
      #expect(try await !suite.recommend().ids.contains("item-7"))
    }
  }

  @Test("boost and bury move items by their strength, and quotas keep places")
  func movesAndQuotas() async throws {
    try await run { suite, _ in
      let plain = try await suite.recommend { $0.count = 57 }
      let odd = Set(plain.ids.filter { Int($0.dropFirst(5)).map { $0 % 2 == 1 } ?? false })
      try await set(
        [
          rule("up", .boost) {
            $0.items.anyCategories = ["Odd"]; $0.strength = 10
          }
        ], suite)
      let boosted = try await suite.recommend()
      #expect(boosted.ids == Array(plain.ids.filter { odd.contains($0) }.prefix(10)))
      #expect(boosted.items.allSatisfy { $0.ruleIds == ["up"] })
      #expect(boosted.diversity.relevanceKept < 1)
      // Scores stay the ranker's own.
      #expect(boosted.items[0].score == plain.items.first { $0.itemID == boosted.ids[0] }?.score)
      try await set(
        [
          rule("down", .bury) {
            $0.items.anyCategories = ["Odd"]; $0.strength = 10
          }
        ], suite)
      #expect(
        try await suite.recommend().ids == Array(plain.ids.filter { !odd.contains($0) }.prefix(10)))
      try await set(
        [
          rule("some", .quota) {
            $0.items.attributes = [
              .with {
                $0.attribute = "number"; $0.anyValues = ["1", "5", "7"]
              }
            ]
            $0.minimum = 3
          },
          rule("few", .quota) {
            $0.items.anyCategories = ["Third 0"]
            $0.maximum = 1
          },
        ], suite)
      let quota = try await suite.recommend()
      #expect(Set(quota.ids).isSuperset(of: ["item-1", "item-5", "item-7"]))
      #expect(quota.ids.count { Int($0.dropFirst(5)).map { $0 % 3 == 0 } ?? false } == 1)
      #expect(quota.items.count { $0.ruleIds.contains("some") } >= 1)
    }
  }

  @Test(
    "where rules leave less than a slate, sources that have more are asked again, then the catalogue"
  )
  func refill() async throws {
    try await GatewayFixture.run(
      configure: {
        $0.operatorToken = "secret"
        $0.popularCount = 5
        $0.policy.sources = [
          Policy.Source(name: "als", quota: 10, reserved: 10, budget: GatewayFixture.patience),
          Policy.Source(name: "trending", quota: 10, reserved: 10, budget: GatewayFixture.patience),
        ]
      }
    ) { suite in
      func block(_ numbers: [Int]) throws {
        let rules = Recsys_Gateway_V1_BusinessRules.with {
          $0.rules = [
            rule("b", .block) { $0.items.allowItemIds = numbers.map { "item-\($0)" } }
          ]
        }
        try suite.service.rulesInForce.replace(
          with: RuleBook(rules), catalogue: suite.catalogue.snapshot)
      }
      #expect(try await suite.recommend().stageTimings.count { $0.stage.hasPrefix("refill") } == 0)
      // All that the first call brings, but not what a wider one does.
      try block(Array(0..<15) + Array(45..<60))
      let wider = try await suite.recommend { $0.count = 12 }
      #expect(wider.items.count == 12)
      #expect(!wider.underfilled)
      #expect(
        suite.candidates.requests.last?.excludeItemKeys.contains(World.items[0].id.rawValue) == true
      )
      #expect(wider.stageTimings.contains { $0.stage == "refill/candidates" })
      #expect(!wider.stageTimings.contains { $0.stage == "catalogue" })
      // All that sources can know of.
      suite.candidates.status.withLock { $0 = ["als": .notApplicable, "trending": .notApplicable] }
      let last = try await suite.recommend { $0.count = 30 }
      #expect(last.items.count == 30)
      #expect(last.items.contains { $0.sources.map(\.source) == ["catalogue"] })
      // All but four.
      try block(Array(0..<53))
      let short = try await suite.recommend { $0.count = 30 }
      #expect(Set(short.ids) == ["item-53", "item-54", "item-55", "item-56"])
      #expect(short.underfilled)
      #expect(short.underfilledReason.contains("nothing else in the catalogue is eligible"))
    }
  }

  @Test("times, surfaces, a rule's own switch and the kill switch")
  func inForce() async throws {
    try await run { suite, _ in
      let plain = try await suite.recommend().ids
      func slate(_ surface: String, at seconds: Int64) async throws -> [String] {
        try await suite.recommend {
          $0.context.surface = surface
          $0.context.time.seconds = seconds
        }.ids
      }
      var rule = rule("b", .block) {
        $0.items.allowItemIds = [plain[0]]
        $0.surfaces = ["home"]
        $0.startTime.seconds = 1_000
        $0.endTime.seconds = 2_000
      }
      try await set([rule], suite)
      #expect(try await !slate("home", at: 1_500).contains(plain[0]))
      #expect(try await slate("cart", at: 1_500).contains(plain[0]))
      #expect(try await slate("home", at: 2_000).contains(plain[0]))
      try await set([rule], suite, disabled: true)
      let killed = try await suite.recommend {
        $0.context.surface = "home"
        $0.context.time.seconds = 1_500
      }
      #expect(killed.ids.contains(plain[0]))
      #expect(!killed.versions.contains { $0.component == "rules" })
      rule.disabled = true
      try await set([rule], suite)
      #expect(try await slate("home", at: 1_500).contains(plain[0]))
    }
  }

  @Test("a trial changes nothing and says what would change, by slate and by rule")
  func trial() async throws {
    try await run { suite, file in
      let sent = try await suite.recommend { $0.requestID = "tried" }
      let other = try await suite.recommend {
        $0.requestID = "other"
        $0.filter.denyItemIds = [sent.ids[0]]
      }
      let rules = [
        rule("gone", .block) { $0.items.allowItemIds = [sent.ids[0]] },
        rule("idle", .block) { $0.items.allowItemIds = ["item-59"] },
      ]
      // Slates are noted after their replies.
      var outcome = try await set(rules, suite, validateOnly: true)
      try await eventually {
        outcome = try await set(rules, suite, validateOnly: true)
        return outcome.changes.contains { $0.requestID == "tried" }
      }
      let change = try #require(outcome.changes.first { $0.requestID == "tried" })
      #expect(change.leavingItemIds == [sent.ids[0]])
      #expect(change.enteringItemIds.count == 1)
      #expect(change.movedCount == 9)
      #expect(!outcome.changes.contains { $0.requestID == "other" })
      #expect(outcome.slatesChangedByRule["gone"] == outcome.slatesChanged)
      #expect(outcome.slatesChangedByRule["idle"] == nil)
      #expect(outcome.slatesChecked > outcome.slatesChanged)
      #expect(file.stamp == nil)
      #expect(try await suite.recommend().ids == sent.ids)
      #expect(!other.items.isEmpty)
      // What the trial foretold is what happens.
      try await set(rules, suite)
      let after = try await suite.recommend().ids
      #expect(
        Set(after).symmetricDifference(sent.ids) == Set([sent.ids[0], change.enteringItemIds[0]]))
    }
  }

  @Test("rules survive a restart, siblings follow the file, and a bad file changes nothing")
  func file() async throws {
    try await run { suite, file in
      let plain = try await suite.recommend().ids
      try await set([rule("b", .block) { $0.items.allowItemIds = [plain[0]] }], suite)
      let sibling = RulesInForce()
      let keeper = RulesKeeper(
        sibling, path: file.path, catalogue: suite.catalogue, logger: GatewayFixture.logger)
      try keeper.load()
      let told = try await suite.operators("secret").getRules(.init())
      #expect(sibling.book.version == told.version)
      #expect(!keeper.follow())
      try await set([], suite)
      #expect(keeper.follow())
      #expect(sibling.book.isOff)
      try Data("rules: [{id: x}]".utf8).write(to: URL(fileURLWithPath: file.path))
      #expect(keeper.follow())
      #expect(sibling.book.version == RuleBook.empty.version)
      #expect(try await suite.recommend().ids == plain)
      let fresh = RulesKeeper(
        RulesInForce(), path: file.path, catalogue: suite.catalogue,
        logger: GatewayFixture.logger)
      #expect(throws: (any Error).self) { try fresh.load() }
      try await set([rule("c", .block) { $0.items.allowItemIds = [plain[1]] }], suite)
      #expect(keeper.follow())
      #expect(sibling.book.rules.map(\.id) == ["c"])
    }
  }

  @Test("bad rules, no rules and a gateway without a file are refused")
  func refusals() async throws {
    try await run { suite, file in
      let bad = await rpcError {
        try await set([rule("x", .boost) { $0.items.anyCategories = ["Odd"] }], suite)
      }
      #expect(bad?.fieldViolations.map(\.field) == ["rules[0].strength"])
      let none = await rpcError { try await suite.operators("secret").setRules(.init()) }
      #expect(none?.fieldViolations.map(\.field) == ["rules"])
      #expect(file.stamp == nil)
    }
    try await GatewayFixture.run(configure: { $0.operatorToken = "secret" }) { suite in
      let error = await rpcError {
        try await set([rule("x", .block) { $0.items.anyCategories = ["Odd"] }], suite)
      }
      #expect(error?.code == .failedPrecondition)
    }
  }
}
