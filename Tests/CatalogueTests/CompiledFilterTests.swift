import Catalogue
import RecommendationCore
import Testing

struct CompiledFilterTests {
  private let catalogue = LiveCatalogue()

  init() throws {
    try catalogue.apply(
      upserts: [
        Item(
          externalID: "alien", title: "Alien", categories: ["horror", "space"],
          attributes: ["colour": .text("dark"), "minutes": .number(117), "sequel": .flag(false)],
          year: 1979, price: 9.99),
        Item(
          externalID: "heat", title: "Heat", categories: ["crime"],
          attributes: ["cast": .texts(["Pacino", "De Niro"]), "minutes": .number(170)], year: 1995),
        Item(externalID: "bare", title: "Bare"),
        Item(
          externalID: "soon", title: "Soon", categories: ["crime"], year: 2001, price: 5,
          availableFromMilliseconds: 1_000, availableUntilMilliseconds: 2_000),
      ], deletes: [], sequence: 1)
  }

  private func reasons(_ filter: ItemFilter, now: Int64 = 0) throws -> [FilterReason?] {
    let compiled = try catalogue.snapshot.compile(filter, nowMilliseconds: now)
    return ["alien", "heat", "bare", "soon", "nowhere"].map {
      compiled.removalReason(ItemID(external: $0))
    }
  }

  @Test func theEmptyFilterRemovesOnlyWhatIsUnknownOrNotAvailable() throws {
    #expect(try reasons(ItemFilter()) == [nil, nil, nil, .notAvailable, .unknownItem])
    #expect(try reasons(ItemFilter(), now: 1_000) == [nil, nil, nil, nil, .unknownItem])
    #expect(try reasons(ItemFilter(), now: 1_999)[3] == nil)
    #expect(try reasons(ItemFilter(), now: 2_000)[3] == .notAvailable)
  }

  @Test func categoriesAreWantedOrUnwanted() throws {
    #expect(
      try reasons(ItemFilter(anyCategories: ["crime", "never seen"]), now: 1_500)
        == [.category, nil, .category, nil, .unknownItem])
    #expect(
      try reasons(ItemFilter(noneCategories: ["space"]), now: 1_500)
        == [.category, nil, nil, nil, .unknownItem])
    #expect(
      try reasons(ItemFilter(anyCategories: ["never seen"]), now: 1_500)
        == [.category, .category, .category, .category, .unknownItem])
  }

  @Test func rangesAreInclusiveAndNeedAValue() throws {
    let years = ItemFilter(ranges: [.init(attribute: "year", minimum: 1979, maximum: 1995)])
    #expect(try reasons(years, now: 1_500) == [nil, nil, .year, .year, .unknownItem])
    let prices = ItemFilter(ranges: [.init(attribute: "price", maximum: 9.99)])
    #expect(try reasons(prices, now: 1_500) == [nil, .price, .price, nil, .unknownItem])
    let minutes = ItemFilter(ranges: [.init(attribute: "minutes", minimum: 150)])
    #expect(
      try reasons(minutes, now: 1_500)
        == [.attribute, nil, .attribute, .attribute, .unknownItem])
  }

  @Test func attributesOfEveryKindMatchByTheirText() throws {
    func first(_ attribute: String, _ values: [String]) throws -> [FilterReason?] {
      let match = ItemFilter.Match(attribute: attribute, anyValues: values)
      return Array(try reasons(ItemFilter(attributes: [match])).prefix(2))
    }
    #expect(try first("colour", ["dark", "light"]) == [nil, .attribute])
    #expect(try first("cast", ["Pacino"]) == [.attribute, nil])
    #expect(try first("sequel", ["false"]) == [nil, .attribute])
    #expect(try first("minutes", ["117.0"]) == [nil, .attribute])
    #expect(try first("unknown", ["x"]) == [.attribute, .attribute])
  }

  @Test func listsAllowAndDeny() throws {
    let alien = ItemID(external: "alien")
    let heat = ItemID(external: "heat")
    #expect(
      try reasons(ItemFilter(allow: [alien, heat], deny: [heat]), now: 1_500)
        == [nil, .denyList, .allowList, .allowList, .unknownItem])
  }

  @Test func filtersWithoutMeaningAreRefused() {
    let bad = [
      ItemFilter(ranges: [.init(attribute: "year")]),
      ItemFilter(ranges: [.init(attribute: "", minimum: 1)]),
      ItemFilter(ranges: [.init(attribute: "year", minimum: .nan)]),
      ItemFilter(attributes: [.init(attribute: "", anyValues: ["a"])]),
      ItemFilter(attributes: [.init(attribute: "a", anyValues: [])]),
    ]
    for filter in bad {
      #expect(throws: CatalogueError.self) {
        try catalogue.snapshot.compile(filter, nowMilliseconds: 0)
      }
    }
  }

  @Test func theBitmapAgreesWithAskingItemByItem() throws {
    let catalogue = LiveCatalogue()
    var generator = SeededGenerator(seed: 11)
    var items: [Item] = []
    for number in 0..<3_000 {
      let year: Int32? = number % 5 == 0 ? nil : Int32(1950 + number % 70)
      let price: Double? = number % 4 == 0 ? nil : Double(number % 50)
      items.append(
        Item(
          externalID: "i\(number)", title: "", categories: ["c\(number % 90)", "d\(number % 3)"],
          year: year, price: price))
    }
    try catalogue.apply(upserts: items, deletes: [], sequence: 1)
    try catalogue.apply(
      upserts: [], deletes: (0..<300).map { ItemID(external: "i\($0 * 10)") }, sequence: 2)
    let snapshot = catalogue.snapshot
    for _ in 0..<40 {
      func some(_ count: Int) -> [ItemID] {
        (0..<count).map { _ in
          ItemID(external: "i\(Int.random(in: 0..<3_200, using: &generator))")
        }
      }
      let filter = ItemFilter(
        anyCategories: Bool.random(using: &generator) ? [] : ["d1", "c7"],
        noneCategories: Bool.random(using: &generator) ? [] : ["c70", "d2"],
        ranges: Bool.random(using: &generator)
          ? [] : [.init(attribute: "year", minimum: 1970), .init(attribute: "price", maximum: 30)],
        allow: Bool.random(using: &generator) ? [] : some(500), deny: some(100))
      let compiled = try snapshot.compile(filter, nowMilliseconds: 0)
      let bitmap = compiled.matchingRows()
      var expected = 0
      for row in 0..<snapshot.rowCount {
        let matches = snapshot.id(atRow: row).map(compiled.matches) ?? false
        #expect(bitmap.contains(row) == matches)
        expected += matches ? 1 : 0
      }
      #expect(bitmap.count == expected)
      var walked = 0
      bitmap.forEach { row in
        #expect(bitmap.contains(row))
        walked += 1
      }
      #expect(walked == expected)
    }
  }
}
