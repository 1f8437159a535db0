import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Datasets

@Suite struct DatasetStoreTests {
  static func dataset(users: Int = 6, items: Int = 30, events: Int = 400) -> Dataset {
    var random = SeededGenerator(seed: 3)
    var table = InteractionTable()
    for row in 0..<events {
      table.append(
        user: Int32.random(in: 0..<Int32(users), using: &random),
        item: Int32.random(in: 0..<Int32(items), using: &random),
        type: [.click, .purchase, .view].randomElement(using: &random) ?? .click,
        value: Float(row), timeMilliseconds: Int64(row) * 10)
    }
    return Dataset(
      name: "toy",
      users: (0..<users).map {
        DatasetUser(externalID: "user \($0)", attributes: ["age": .number(Double($0))])
      },
      items: (0..<items).map {
        Item(
          externalID: "i\($0)", title: "Item \"\($0)\"", categories: ["a", "b"],
          attributes: ["flag": .flag(true), "list": .texts(["x"]), "text": .text("1")], year: 1990,
          price: 0.5)
      }, interactions: table)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try TemporaryDirectory("store")
    var dataset = Self.dataset()
    HoldoutSplit().apply(to: &dataset)
    dataset.impressions = dataset.interactions
    let store = DatasetStore(directory: folder.path("toy"))
    let manifest = try store.write(
      dataset, report: ValidationReport(), split: .lastItems(HoldoutSplit()))
    let back = try store.read()
    #expect(back.interactions == dataset.interactions)
    #expect(back.impressions == dataset.impressions)
    #expect(back.items == dataset.items)
    #expect(back.users == dataset.users)
    #expect(back.fingerprint == dataset.fingerprint)
    #expect(manifest == store.manifest)
    #expect(manifest.heldOut > 0)
  }

  @Test func theFingerprintChangesWithAnyValue() {
    let dataset = Self.dataset()
    var others = [Dataset](repeating: dataset, count: 5)
    others[0].interactions.values[17] += 1
    others[1].items[3].title += "!"
    others[2].users[1].attributes["age"] = .number(99)
    others[3].interactions.heldOut = [UInt8](repeating: 1, count: 400)
    others[4].impressions = dataset.interactions
    #expect(Set(others.map(\.fingerprint) + [dataset.fingerprint]).count == 6)
  }

  @Test func columnsThatPointOutsideTheTablesAreRefused() throws {
    let folder = try TemporaryDirectory("store")
    var dataset = Self.dataset()
    dataset.interactions.items[5] = 99
    let store = DatasetStore(directory: folder.path("toy"))
    try store.write(dataset, report: ValidationReport(), split: nil)
    #expect(throws: DatasetError.self) { try store.read() }
  }

  @Test func aHalfWrittenFolderIsNoDataset() throws {
    let folder = try TemporaryDirectory("store")
    let store = DatasetStore(directory: folder.path("toy"))
    try store.write(Self.dataset(), report: ValidationReport(), split: nil)
    try FileManager.default.removeItem(atPath: folder.path("toy/manifest.json"))
    #expect(store.manifest == nil)
    #expect(throws: DatasetError.self) { try store.read() }
  }

  @Test func everyUsersLastItemsAreHeldOutAndNothingBeforeThem() {
    var dataset = Self.dataset()
    // A user of four items keeps all.
    for item in 0..<4 {
      dataset.interactions.append(
        user: 6, item: Int32(item), type: .click, value: 0, timeMilliseconds: 5000)
    }
    dataset.users.append(DatasetUser(externalID: "light"))
    HoldoutSplit().apply(to: &dataset)
    let table = dataset.interactions
    for user in 0..<7 {
      let rows = (0..<table.count).filter { table.users[$0] == Int32(user) }
      let held = rows.filter { table.isHeldOut($0) }
      let kept = rows.filter { !table.isHeldOut($0) }
      #expect((kept.max() ?? -1) < (held.min() ?? .max))
      let keptItems = Set(kept.map { table.items[$0] })
      let newItems = Set(held.map { table.items[$0] }).subtracting(keptItems)
      let itemCount = Set(rows.map { table.items[$0] }).count
      #expect(newItems.count == HoldoutSplit().heldOutItems(of: itemCount))
    }
  }

  @Test func theShareOfATenthIsBoundedOnBothSides() {
    let split = HoldoutSplit()
    #expect(
      [0, 4, 5, 10, 26, 100, 1000].map { split.heldOutItems(of: $0) } == [0, 0, 1, 1, 3, 10, 20])
  }

  @Test func sortingByTimeIsStableForAnySpan() {
    var random = SeededGenerator(seed: 11)
    for span: Int64 in [10, 100_000, 5_000_000_000, Int64.max / 4] {
      var table = InteractionTable()
      for row in 0..<500 {
        table.append(
          user: Int32(row), item: 0, type: .click, value: 0,
          timeMilliseconds: Int64.random(in: -span...span, using: &random))
      }
      let expected = (0..<500).sorted {
        (table.timesMilliseconds[$0], $0) < (table.timesMilliseconds[$1], $1)
      }
      #expect(table.rowsInTimeOrder().map(Int.init) == expected)
    }
  }

  @Test func identifiersKeepTheirRowsAcrossGrowth() {
    var table = IdentifierTable()
    let names =
      (0..<5000).map { "name-\($0)" } + (0..<5000).map { "\($0 * 3)" } + ["007", "7", "", "-1"]
    let rows = names.map { table.row(of: $0) }
    #expect(names.map { table.row(of: $0) } == rows)
    #expect(names.map { table.existingRow(of: $0) } == rows.map { Optional($0) })
    #expect(Set(rows).count == Set(names).count)
    let identifiers = table.identifiers
    #expect((rows.map { identifiers[Int($0)] } == names) as Bool)
    #expect(names.indices.allSatisfy { table.identifier(Int(rows[$0])) == names[$0] })
    #expect(table.existingRow(of: "unknown") == nil)
  }
}
