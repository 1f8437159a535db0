import Foundation
import RecommendationProtos
import TestSupport
import SwiftProtobuf
import Testing

@testable import BusinessRules

@Suite struct RulesTextTests {
  private static let text = """
    disabled: false
    rules:
      - id: autumn-hero
        kind: pin
        items: {allow_item_ids: [1197, "0012", yes]}
        slot: 2
        start_time: 2026-11-01T00:00:00Z
        surfaces: [home]
      - id: more-drama
        kind: KIND_BOOST
        items:
          any_categories: [Drama, "No"]
          ranges: [{attribute: year, min: 1990}]
        strength: 1.5
      - id: some-new
        kind: quota
        items: {attributes: [{attribute: is_new, any_values: [true]}]}
        minimum: 2
        maximum: 5
        disabled: true
    """

  @Test("a text is read field by field, ids and flags in text fields too")
  func parse() throws {
    let rules = try RulesText.parse(Self.text)
    #expect(rules.rules.map(\.kind) == [.pin, .boost, .quota])
    #expect(rules.rules[0].items.allowItemIds == ["1197", "0012", "yes"])
    #expect(rules.rules[0].slot == 2)
    #expect(rules.rules[0].startTime.seconds == 1_793_491_200)
    #expect(rules.rules[1].items.anyCategories == ["Drama", "No"])
    #expect(rules.rules[1].items.ranges[0].min == 1990)
    #expect(rules.rules[1].strength == 1.5)
    #expect(rules.rules[2].items.attributes[0].anyValues == ["true"])
    #expect(rules.rules[2].maximum == 5)
    #expect(rules.rules[2].disabled)
    #expect(try RulesText.parse("") == .init())
    #expect(try RulesText.parse("{}") == .init())
  }

  @Test("what was written is read back as it was")
  func roundTrip() throws {
    var rules = try RulesText.parse(Self.text)
    rules.rules[0].id = "odd: \"id\" # ünïcode\n- x"
    rules.rules[1].items.denyItemIds = ["null", "1e5", "", "~", "{a: b}"]
    rules.disabled = true
    #expect(try RulesText.parse(RulesText.write(rules)) == rules)
    #expect(try RulesText.parse(RulesText.write(.init())) == .init())
  }

  @Test(
    "a text that is not rules is refused with a reason",
    arguments: [
      "rules: [", "- 1", "rules: 3", "rules: [{id: a, colour: red}]", "ruels: []",
      "rules: [{slot: many}]", "rules: [{slot: -1}]", "disabled: maybe", "rules: [{kind: push}]",
      "rules: [{id: a, id: b}]", "rules: [{start_time: yesterday}]",
    ])
  func refused(text: String) {
    #expect(throws: RulesText.Fault.self) { try RulesText.parse(text) }
  }

  @Test("a file is replaced whole, and its stamp tells")
  func file() throws {
    let folder = try TemporaryDirectory()
    let file = RulesFile(path: folder.path("deep/rules.yaml"))
    #expect(file.stamp == nil)
    #expect(try file.read().version == RuleBook.empty.version)
    let book = try RuleBook(try RulesText.parse(Self.text))
    try file.write(book)
    let first = try #require(file.stamp)
    #expect(try file.read().version == book.version)
    try file.write(.empty)
    #expect(file.stamp != first)
    #expect(try file.read().isOff)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("deep"))
    #expect(left == ["rules.yaml"])
    try Data([0xff, 0xfe]).write(to: URL(fileURLWithPath: file.path))
    #expect(throws: RulesText.Fault.self) { try file.read() }
  }
}
