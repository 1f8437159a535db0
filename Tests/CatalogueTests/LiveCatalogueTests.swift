import RecommendationCore
import Testing

@testable import Catalogue

struct LiveCatalogueTests {
  private func items(_ range: Range<Int>, title: String = "t") -> [Item] {
    range.map { Item(externalID: "item-\($0)", title: "\(title)\($0)", categories: ["c\($0 % 7)"]) }
  }

  @Test func upsertedItemsAreFoundByKeyAndRow() throws {
    let catalogue = LiveCatalogue()
    try catalogue.apply(upserts: items(0..<1_000), deletes: [], sequence: 5)
    let snapshot = catalogue.snapshot
    #expect(snapshot.count == 1_000)
    #expect(snapshot.sequence == 5)
    for number in 0..<1_000 {
      let id = ItemID(external: "item-\(number)")
      let row = try #require(snapshot.row(of: id))
      #expect(snapshot.id(atRow: row) == id)
      #expect(snapshot.item(id)?.title == "t\(number)")
      #expect(snapshot.item(atRow: row)?.externalID == "item-\(number)")
    }
    #expect(snapshot.item(ItemID(external: "other")) == nil)
    #expect(snapshot.item(atRow: 5_000) == nil)
    #expect(snapshot.item(atRow: -1) == nil)
  }

  @Test func aSnapshotNeverChanges() throws {
    let catalogue = LiveCatalogue()
    try catalogue.apply(upserts: items(0..<300), deletes: [], sequence: 1)
    let before = catalogue.snapshot
    try catalogue.apply(
      upserts: items(5..<6, title: "new"), deletes: [ItemID(external: "item-7")], sequence: 2)
    #expect(before.item(ItemID(external: "item-5"))?.title == "t5")
    #expect(before.contains(ItemID(external: "item-7")))
    let after = catalogue.snapshot
    #expect(after.item(ItemID(external: "item-5"))?.title == "new5")
    #expect(after.row(of: ItemID(external: "item-5")) == before.row(of: ItemID(external: "item-5")))
    #expect(!after.contains(ItemID(external: "item-7")))
    #expect(after.count == 299)
  }

  @Test func freedRowsAreUsedAgain() throws {
    let catalogue = LiveCatalogue()
    try catalogue.apply(upserts: items(0..<300), deletes: [], sequence: 1)
    for round in 0..<20 {
      let gone = (0..<100).map { ItemID(external: round == 0 ? "item-\($0)" : "r\(round)-\($0)") }
      let fresh = (0..<100).map { Item(externalID: "r\(round + 1)-\($0)", title: "") }
      try catalogue.apply(upserts: fresh, deletes: gone, sequence: UInt64(round))
    }
    #expect(catalogue.snapshot.count == 300)
    #expect(catalogue.snapshot.rowCount == 300)
  }

  @Test func randomChangesAgreeWithADictionary() throws {
    let catalogue = LiveCatalogue()
    var model: [String: Item] = [:]
    var generator = SeededGenerator(seed: 7)
    for step in 0..<400 {
      var upserts: [Item] = []
      var deletes: [ItemID] = []
      for _ in 0..<Int.random(in: 0..<20, using: &generator) {
        let name = "item-\(Int.random(in: 0..<600, using: &generator))"
        deletes.append(ItemID(external: name))
        model[name] = nil
      }
      for _ in 0..<Int.random(in: 0..<30, using: &generator) {
        let name = "item-\(Int.random(in: 0..<600, using: &generator))"
        let item = Item(externalID: name, title: "\(step)", year: Int32(step))
        upserts.append(item)
        model[name] = item
      }
      try catalogue.apply(upserts: upserts, deletes: deletes, sequence: UInt64(step))
    }
    let snapshot = catalogue.snapshot
    #expect(snapshot.count == model.count)
    for number in 0..<600 {
      #expect(snapshot.item(ItemID(external: "item-\(number)")) == model["item-\(number)"])
    }
    var walked: [String: Item] = [:]
    snapshot.forEach { _, item in walked[item.externalID] = item }
    #expect(walked == model)
  }

  @Test func aWriteOfOneItemSharesTheOtherChunks() throws {
    let catalogue = LiveCatalogue()
    try catalogue.apply(upserts: items(0..<10_000), deletes: [], sequence: 1)
    let before = catalogue.snapshot.contents.chunks
    try catalogue.apply(upserts: items(4_000..<4_001, title: "x"), deletes: [], sequence: 2)
    let after = catalogue.snapshot.contents.chunks
    #expect(zip(before, after).count { $0 !== $1 } == 1)
  }

  @Test func factsHoldCategoriesOnceInTheOrderOfTheItem() throws {
    let catalogue = LiveCatalogue()
    let item = Item(
      externalID: "a", title: "", categories: ["x", "y", "x"], year: 1999, price: 2.5)
    try catalogue.apply(
      upserts: [item, Item(externalID: "b", title: "")], deletes: [], sequence: 1)
    let snapshot = catalogue.snapshot
    let facts = try #require(snapshot.facts(of: ItemID(external: "a")))
    #expect(facts.categories.map(snapshot.categoryName) == ["x", "y"])
    #expect(facts.categories.map(snapshot.categoryKey) == [entityKey("x"), entityKey("y")])
    #expect(facts.year == 1999)
    #expect(facts.price == 2.5)
    let bare = try #require(snapshot.facts(of: ItemID(external: "b")))
    #expect(bare.year == nil && bare.price == nil && bare.categories.isEmpty)
  }

  @Test func replacingLeavesNothingOfTheOld() throws {
    let catalogue = LiveCatalogue()
    try catalogue.apply(upserts: items(0..<500), deletes: [], sequence: 9)
    try catalogue.replace(with: items(400..<600), sequence: 3)
    #expect(catalogue.snapshot.count == 200)
    #expect(catalogue.snapshot.sequence == 3)
    #expect(!catalogue.snapshot.contains(ItemID(external: "item-0")))
  }

  @Test func readersSeeWholeBatchesWhileAWriterWrites() async throws {
    let catalogue = LiveCatalogue()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for round in 1...200 {
          let batch = (0..<20).map { Item(externalID: "p\($0)", title: "\(round)") }
          try catalogue.apply(upserts: batch, deletes: [], sequence: UInt64(round))
        }
      }
      group.addTask {
        var snapshot = catalogue.snapshot
        while snapshot.sequence < 200 {
          snapshot = catalogue.snapshot
          let titles = Set((0..<20).compactMap { snapshot.item(ItemID(external: "p\($0)"))?.title })
          #expect(titles.count <= 1)
          #expect(titles.isEmpty || titles == ["\(snapshot.sequence)"])
        }
      }
      try await group.waitForAll()
    }
  }
}
