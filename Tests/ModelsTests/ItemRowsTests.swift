import RecommendationCore
import Testing

@testable import Models

@Suite struct ItemRowsTests {
  @Test func everyItemIsFoundInItsRowAndNoOther() throws {
    var generator = SeededGenerator(seed: 7)
    for count in [0, 1, 2, 3, 100, 5_000] {
      let keys = Set((0..<count).map { _ in UInt64.random(in: 1 ... .max, using: &generator) })
      let ids = keys.sorted().map { ItemID(rawValue: $0) }
      let rows = try ItemRows(sorted: ids)
      let areFound = ids.enumerated().allSatisfy { rows.row(of: $1) == $0 }
      #expect(areFound)
      let others = (0..<1_000).map { _ in
        ItemID(rawValue: UInt64.random(in: 1 ... .max, using: &generator))
      }
      let areMissing = others.allSatisfy { keys.contains($0.rawValue) || rows.row(of: $0) == nil }
      #expect(areMissing)
      let wanted = Array((ids + others).shuffled(using: &generator))
      let isSame = rows.rows(of: wanted) == wanted.map { Int32(rows.row(of: $0) ?? -1) }
      #expect(isSame)
    }
  }

  @Test func keysThatAreNoHashesAreFoundToo() throws {
    let ids = (0..<4_000).map { ItemID(rawValue: UInt64($0) << 40) }
    let rows = try ItemRows(sorted: ids)
    let areFound = ids.enumerated().allSatisfy { rows.row(of: $1) == $0 }
    #expect(areFound)
    #expect(rows.row(of: ItemID(rawValue: 5)) == nil)
  }

  @Test func modelsOfTheSameItemsShareATable() throws {
    let ids = (1...50).map { ItemID(rawValue: $0 * 977) }
    let (one, same) = (try ItemRows(sorted: ids), try ItemRows(sorted: ids))
    let other = try ItemRows(sorted: Array(ids.dropLast()))
    #expect(one.isSame(as: same))
    #expect(!one.isSame(as: other))
  }
}
