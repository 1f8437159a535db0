import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Datasets

/// Files read in blocks on all cores give what reading them row by row gives.
@Suite struct BlockReadingTests {
  /// Rows of all kinds, some of them broken; no quotes.
  private static func text(rows: Int, seed: UInt64, clock: Bool) -> String {
    var random = SeededGenerator(seed: seed)
    var text = clock ? "item,user,value,time,event\n" : "user,item,value\n"
    for row in 0..<rows {
      let user = Bool.random(using: &random) ? "u\(row % 17)" : "\(row % 23)"
      let item = ["7", "007", "B00X\(row % 40)", "\(row % 90)"].randomElement(using: &random) ?? ""
      let value = ["3.5", "", "-1", "x", "1e3", "2e9"].randomElement(using: &random) ?? ""
      let time =
        ["\(row % 60)", "1700000000\(row % 10)00", "2024-01-05", "never", "-5"]
        .randomElement(using: &random) ?? ""
      let type =
        ["click", "Purchase", "impression", "rating", "shrug"]
        .randomElement(using: &random) ?? ""
      text += clock ? "\(item),\(user),\(value),\(time),\(type)" : "\(user),\(item),\(value)"
      text += ["\n", "\n", "\n", "\r\n", ",9\n", "\n\n"].randomElement(using: &random) ?? "\n"
    }
    return text
  }

  @Test(arguments: [(1, true), (2, false), (3, true)])
  func blocksOfAnySizeGiveTheSameAsRowByRow(seed: UInt64, clock: Bool) throws {
    let text = Self.text(rows: 700, seed: seed, clock: clock)
    // A quoted field that says nothing makes the same file one that is read row by row.
    let quoted = text.replacing(
      clock ? "item,user" : "user,item", with: clock ? "\"item\",user" : "\"user\",item",
      maxReplacements: 1)
    let fixture = try Fixture(["a.csv": text, "b.csv": quoted])
    let (expected, expectedReport) = try DelimitedReader(
      interactions: fixture.path + "/b.csv", name: "own"
    ).read()
    #expect(expected.impressions.count > 0 || !clock)
    for size in [100, 997, 1 << 20] {
      var reader = DelimitedReader(interactions: fixture.path + "/a.csv", name: "own")
      reader.blockBytes = size
      let (dataset, report) = try reader.read()
      #expect(report.rowsRead == expectedReport.rowsRead)
      #expect(report.rowsKept == expectedReport.rowsKept)
      for rule in ["schema", "range.value", "range.time", "duplicate", "time.order"] {
        #expect(report.count(of: rule) == expectedReport.count(of: rule), "\(rule)")
      }
      let lines = report.findings.first { $0.rule == "schema" }?.examples.map {
        $0.split(separator: ":").dropFirst().first.map(String.init)
      }
      let expectedLines = expectedReport.findings.first { $0.rule == "schema" }?.examples.map {
        $0.split(separator: ":").dropFirst().first.map(String.init)
      }
      #expect(lines == expectedLines)
      // Row by row, ids of refused rows get rows too: compared by what happened, not by number.
      #expect(
        Self.acts(dataset, dataset.interactions) == Self.acts(expected, expected.interactions))
      #expect(Self.acts(dataset, dataset.impressions) == Self.acts(expected, expected.impressions))
    }
  }

  private static func acts(_ dataset: Dataset, _ table: InteractionTable) -> [String] {
    (0..<table.count).map { row in
      "\(dataset.users[Int(table.users[row])].externalID) \(dataset.items[Int(table.items[row])].externalID) "
        + "\(table.types[row]) \(table.values[row]) \(table.timesMilliseconds[row])"
    }
  }

  @Test func aQuoteAnywhereMeansReadingRowByRow() throws {
    let rows = (0..<50).map { "\($0 % 7),i\($0),\($0)" }
    let fixture = try Fixture([
      "log.csv": "user,item,time\n" + rows.joined(separator: "\n") + "\n9,\"a,\nb\",99\n"
    ])
    var reader = DelimitedReader(interactions: fixture.path + "/log.csv", name: "own")
    reader.blockBytes = 64
    let (dataset, report) = try reader.read()
    #expect(report.rowsRead == 51)
    #expect(report.rowsKept == 51)
    #expect(dataset.items.contains { $0.externalID == "a,\nb" })
  }

  @Test func anIdentifierIsKnownAcrossBlocks() throws {
    // First sight decides the row, numbers and texts alike.
    let rows = (0..<400).map {
      "\(["x", "5", "y\($0 % 3)", "\($0 % 11)"][$0 % 4]),i\($0 % 9),\($0)"
    }
    let fixture = try Fixture(["log.csv": "user,item,time\n" + rows.joined(separator: "\n")])
    var reader = DelimitedReader(interactions: fixture.path + "/log.csv", name: "own")
    reader.blockBytes = 50
    let (dataset, _) = try reader.read()
    let expected = rows.map { String($0.prefix { $0 != "," }) }.reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    #expect(dataset.users.map(\.externalID) == expected)
    #expect(
      (0..<400).allSatisfy {
        dataset.users[Int(dataset.interactions.users[$0])].externalID
          == rows[$0].prefix { $0 != "," }
      })
  }

  @Test func aLineWithoutEndIsRefusedAndMemoryStaysBounded() throws {
    let fixture = try Fixture([
      "log.csv": "user,item\na,b\n" + String(repeating: "x", count: LineScanner.longestLine + 10)
    ])
    var reader = DelimitedReader(interactions: fixture.path + "/log.csv", name: "own")
    reader.blockBytes = 1000
    #expect(throws: DatasetError.self) { try reader.read() }
  }

  @Test func manyRowsAreSortedByTimeOnAllCores() {
    var random = SeededGenerator(seed: 5)
    // In seconds, in milliseconds, and over centuries in milliseconds (no word holds time and row).
    for (unit, span): (Int64, Int64) in [(1000, 1 << 29), (1, 1 << 38), (1, 1 << 61)] {
      let times = (0..<70_000).map { _ in
        Int64.random(in: -span...span, using: &random) / unit * unit
      }
      let expected = (0..<Int32(70_000)).sorted { (times[Int($0)], $0) < (times[Int($1)], $1) }
      #expect((TimeOrder(times: times).rows() == expected) as Bool)
    }
    #expect(TimeOrder(times: []).rows().isEmpty)
    #expect(TimeOrder(times: [4, 4, 4]).rows() == [0, 1, 2])
  }

  @Test func repeatedRowsAreFoundInAnyOrderOfUsers() {
    var random = SeededGenerator(seed: 8)
    for repetition in [DatasetRules.Repetition.pair, .act] {
      var table = InteractionTable()
      for _ in 0..<40_000 {
        table.append(
          user: Int32.random(in: 0..<300, using: &random),
          item: Int32.random(in: 0..<200, using: &random),
          type: Bool.random(using: &random) ? .view : .click, value: 0,
          timeMilliseconds: Int64.random(in: 0..<50, using: &random))
      }
      var kept: [String: Int] = [:]
      var disorder = 0
      var last = [Int64](repeating: .min, count: 301)
      for row in 0..<table.count {
        let user = Int(table.users[row])
        if table.timesMilliseconds[row] < last[user] { disorder += 1 }
        last[user] = table.timesMilliseconds[row]
        let pair = "\(user) \(table.items[row])"
        let act = pair + " \(table.types[row]) \(table.timesMilliseconds[row])"
        if repetition == .pair {
          let other = kept[pair]
          if other.map({ table.timesMilliseconds[$0] <= table.timesMilliseconds[row] }) ?? true {
            kept[pair] = row
          }
        } else if kept[act] == nil {
          kept[act] = row
        }
      }
      let dropped = Set(0..<Int32(table.count)).subtracting(kept.values.map { Int32($0) })
      let outcome = UserRowsCheck(table: table, repetition: repetition)
        .run(userCount: 301, itemCount: 200)
      #expect((outcome.repeated == dropped.sorted()) as Bool)
      #expect(outcome.disorder == disorder)
      #expect(outcome.userUsed.filter { !$0 }.count == 1)
      #expect(outcome.itemUsed.allSatisfy { $0 })
    }
  }
}
