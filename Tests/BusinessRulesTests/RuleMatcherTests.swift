import Catalogue
import RecommendationCore
import RecommendationProtos
import SwiftProtobuf
import Testing

@testable import BusinessRules

@Suite struct RuleMatcherTests {
  private static func items(_ generator: inout SeededGenerator) -> [Item] {
    (0..<80).map { number in
      var attributes: [String: AttributeValue] = [:]
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: attributes["maker"] = .text("m\(Int.random(in: 0..<3, using: &generator))")
      case 1: attributes["maker"] = .texts(["m0", "m\(Int.random(in: 0..<3, using: &generator))"])
      case 2: attributes["maker"] = .number(Double(Int.random(in: 0..<3, using: &generator)))
      case 3: attributes["maker"] = .flag(Bool.random(using: &generator))
      default: break
      }
      return Item(
        externalID: "i\(number)", title: "I",
        categories: (0..<4).filter { _ in Bool.random(using: &generator) }.map { "c\($0)" },
        attributes: attributes,
        year: Bool.random(using: &generator)
          ? Int32.random(in: 1990...2010, using: &generator) : nil,
        availableUntilMilliseconds: number.isMultiple(of: 7) ? 5 : nil)
    }
  }

  private static func filter(
    _ generator: inout SeededGenerator
  ) -> Recsys_Common_V1_ItemFilter {
    func some(_ prefix: String, _ range: Range<Int>) -> [String] {
      (0...Int.random(in: 0..<3, using: &generator)).map { _ in
        "\(prefix)\(Int.random(in: range, using: &generator))"
      }
    }
    return .with { filter in
      for _ in 0...Int.random(in: 0..<2, using: &generator) {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: filter.allowItemIds = some("i", 0..<80)
        case 1: filter.anyCategories = some("c", 0..<6)
        case 2: filter.noneCategories = some("c", 0..<6)
        case 3:
          filter.attributes = [
            .with {
              $0.attribute = "maker"
              $0.anyValues = some("m", 0..<3) + ["1", "true"]
            }
          ]
        case 4:
          filter.ranges = [
            .with {
              $0.attribute = "year"
              $0.min = 2000
            }
          ]
        default: filter.denyItemIds = some("i", 0..<80)
        }
      }
    }
  }

  @Test("the tables find exactly what trying every rule on every item finds")
  func reference() throws {
    var generator = SeededGenerator(seed: 51)
    var hits = 0
    for _ in 0..<40 {
      let items = Self.items(&generator)
      let catalogue = LiveCatalogue()
      try catalogue.replace(with: items, sequence: 1)
      let rules = (0..<25).map { number in
        RuleBookTests.rule("r\(number)", .block) { $0.items = Self.filter(&generator) }
      }
      let book = try RuleBook(.with { $0.rules = rules })
      let matcher = try RuleMatcher(book, catalogue: catalogue.snapshot)
      let inForce = rules.map { _ in Int.random(in: 0..<5, using: &generator) > 0 }
      // Availability is not a rule's business; a live change is.
      try catalogue.apply(
        upserts: [Item(externalID: "i1", title: "new", categories: items[2].categories)],
        deletes: [items[3].id], sequence: 2)
      let snapshot = catalogue.snapshot
      #expect(snapshot.categoryNumbering == matcher.categoryNumbering)
      var found: [Int] = []
      for item in items {
        matcher.match(item.id, in: snapshot, isInForce: inForce, found: &found)
        var everAvailable = snapshot.item(item.id)
        everAvailable?.availableUntilMilliseconds = nil
        let alone = LiveCatalogue()
        try alone.replace(with: everAvailable.map { [$0] } ?? [], sequence: 1)
        let expected = try book.rules.indices.filter { index in
          try inForce[index]
            && alone.snapshot.compile(book.rules[index].items, nowMilliseconds: 0)
              .matches(item.id)
        }
        #expect(found == expected)
        hits += found.count
      }
    }
    #expect(hits > 5_000)
  }

  @Test("new categories give the catalogue another numbering")
  func numbering() throws {
    let catalogue = LiveCatalogue()
    try catalogue.replace(
      with: [Item(externalID: "a", title: "A", categories: ["x", "y"])], sequence: 1)
    let before = catalogue.snapshot.categoryNumbering
    try catalogue.apply(
      upserts: [Item(externalID: "b", title: "B", categories: ["y"])], deletes: [], sequence: 2)
    #expect(catalogue.snapshot.categoryNumbering == before)
    try catalogue.apply(
      upserts: [Item(externalID: "b", title: "B", categories: ["z"])], deletes: [], sequence: 3)
    #expect(catalogue.snapshot.categoryNumbering != before)
  }
}
