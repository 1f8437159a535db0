import Catalogue
import RecommendationCore

@testable import Features

/// A seeded catalogue and log for tests.
struct RandomLog {
  let items: [Item]
  let events: [Event]
  let start: Int64 = 946_684_800_000

  init(seed: UInt64, users: Int, items count: Int, events eventCount: Int, withIDs: Bool = false) {
    var generator = SeededGenerator(seed: seed)
    var items: [Item] = []
    for number in 0..<count {
      let categories = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        "category-\(Int.random(in: 0..<12, using: &generator))"
      }
      let year: Int32? = number % 6 == 0 ? nil : Int32.random(in: 1950...2000, using: &generator)
      let price: Double? = number % 3 == 0 ? nil : Double.random(in: 0...90, using: &generator)
      items.append(
        Item(
          externalID: "item-\(number)", title: "Item \(number)", categories: categories, year: year,
          price: price))
    }
    var events: [Event] = []
    var time = start
    for number in 0..<eventCount {
      // Some events share one time.
      time += Int64.random(in: 0...3, using: &generator) * 700_000
      let type = EventType.allCases.randomElement(using: &generator) ?? .view
      // Some items are not in the catalogue.
      let item = Int.random(in: 0..<count + 5, using: &generator)
      events.append(
        Event(
          eventID: withIDs ? "event-\(number)" : "",
          user: UserID(external: "user-\(Int.random(in: 0..<users, using: &generator))"),
          item: ItemID(external: "item-\(item)"), type: type,
          value: Double.random(in: 1...5, using: &generator), timeMilliseconds: time))
    }
    self.items = items
    self.events = events
  }

  /// The catalogue in memory.
  func catalogue() throws -> CatalogueSnapshot {
    let catalogue = LiveCatalogue()
    try catalogue.apply(upserts: items, deletes: [], sequence: 1)
    return catalogue.snapshot
  }

  var users: [UserID] { Array(Set(events.map(\.user))).sorted() }
  var itemIDs: [ItemID] { items.map(\.id) + [ItemID(external: "nowhere")] }
}

extension FeatureMatrix {
  /// Every bit of it, NaN included.
  var bits: [UInt32] {
    values.map(\.bitPattern) + presence.map(UInt32.init) + [.max] + stale.map(UInt32.init)
  }
}
