import RPC
import RecommendationCore
import RecommendationProtos
import SwiftProtobuf
import Testing

@testable import BusinessRules

@Suite struct RuleBookTests {
  /// A rule that is good.
  static func rule(
    _ id: String, _ kind: Recsys_Gateway_V1_BusinessRule.Kind,
    _ change: (inout Recsys_Gateway_V1_BusinessRule) -> Void = { _ in }
  ) -> Recsys_Gateway_V1_BusinessRule {
    .with {
      $0.id = id
      $0.kind = kind
      $0.items.anyCategories = ["Drama"]
      if kind == .boost || kind == .bury { $0.strength = 1 }
      if kind == .quota { $0.minimum = 1 }
      if kind == .pin {
        $0.slot = 1
        $0.items.allowItemIds = ["a"]
      }
      change(&$0)
    }
  }

  private func faults(_ rules: Recsys_Gateway_V1_BusinessRule...) -> [String] {
    do {
      _ = try RuleBook(.with { $0.rules = rules })
      return []
    } catch let error as RPCError {
      return error.fieldViolations.map(\.field)
    } catch {
      return ["\(error)"]
    }
  }

  @Test("good rules of every kind are taken")
  func good() throws {
    let kinds: [Recsys_Gateway_V1_BusinessRule.Kind] = [.pin, .boost, .bury, .quota, .block]
    let book = try RuleBook(
      .with { $0.rules = kinds.enumerated().map { Self.rule("r\($0)", $1) } })
    #expect(book.rules.count == 5)
    #expect(!book.isOff)
    #expect(book.rules[2].kind == .move(-1))
    #expect(RuleBook.empty.isOff)
    #expect(
      try RuleBook(
        .with {
          $0.rules = [Self.rule("a", .block)]; $0.disabled = true
        }
      ).isOff)
  }

  @Test("what is wrong with a rule is named by its field")
  func bad() {
    #expect(faults(Self.rule("", .block)) == ["rules[0].id"])
    #expect(faults(Self.rule("x", .block), Self.rule("x", .block)) == ["rules[1].id"])
    #expect(faults(Self.rule("x", .unspecified)) == ["rules[0].kind"])
    #expect(faults(Self.rule("x", .block) { $0.items = .init() }) == ["rules[0].items"])
    #expect(faults(Self.rule("x", .pin) { $0.slot = 0 }) == ["rules[0].slot"])
    #expect(faults(Self.rule("x", .block) { $0.slot = 3 }) == ["rules[0].slot"])
    #expect(
      faults(Self.rule("x", .pin) { $0.items.allowItemIds = [] })
        == ["rules[0].items.allow_item_ids"])
    for strength in [0, -1, 10.5, .nan, .infinity] {
      #expect(faults(Self.rule("x", .boost) { $0.strength = strength }) == ["rules[0].strength"])
    }
    #expect(faults(Self.rule("x", .block) { $0.strength = 1 }) == ["rules[0].strength"])
    #expect(faults(Self.rule("x", .quota) { $0.minimum = 0 }) == ["rules[0].minimum"])
    #expect(faults(Self.rule("x", .quota) { $0.maximum = 0 }) == ["rules[0].maximum"])
    #expect(faults(Self.rule("x", .pin) { $0.minimum = 2 }) == ["rules[0].minimum"])
    #expect(
      faults(
        Self.rule("x", .block) {
          $0.startTime.seconds = 10
          $0.endTime.seconds = 10
        }) == ["rules[0].end_time"])
    #expect(faults(Self.rule("x", .block) { $0.startTime.nanos = -1 }) == ["rules[0].start_time"])
    #expect(faults(Self.rule("x", .block) { $0.surfaces = [""] }) == ["rules[0].surfaces[0]"])
    let many = (0..<1_001).map { Self.rule("r\($0)", .block) }
    #expect(throws: RPCError.self) { try RuleBook(.with { $0.rules = many }) }
  }

  @Test("equal rules have one version, others another")
  func versions() throws {
    let one = try RuleBook(.with { $0.rules = [Self.rule("a", .block)] })
    let same = try RuleBook(.with { $0.rules = [Self.rule("a", .block)] })
    let other = try RuleBook(.with { $0.rules = [Self.rule("b", .block)] })
    let off = try RuleBook(
      .with {
        $0.rules = [Self.rule("a", .block)]; $0.disabled = true
      })
    #expect(one.version == same.version)
    #expect(Set([one.version, other.version, off.version, RuleBook.empty.version]).count == 4)
  }

  @Test("times and surfaces say when a rule is in force")
  func inForce() throws {
    let book = try RuleBook(
      .with {
        $0.rules = [
          Self.rule("a", .block) {
            $0.startTime.seconds = 10
            $0.endTime.seconds = 20
            $0.surfaces = ["home"]
          }, Self.rule("b", .block) { $0.disabled = true }, Self.rule("c", .block),
        ]
      })
    let (home, cart) = (entityKey("home"), entityKey("cart"))
    #expect(!book.rules[0].isInForce(at: 9_999, surface: home))
    #expect(book.rules[0].isInForce(at: 10_000, surface: home))
    #expect(!book.rules[0].isInForce(at: 15_000, surface: cart))
    #expect(!book.rules[0].isInForce(at: 20_000, surface: home))
    #expect(!book.rules[1].isInForce(at: 15_000, surface: home))
    #expect(book.rules[2].isInForce(at: 15_000, surface: cart))
  }
}
