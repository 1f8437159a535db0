import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Datasets

@Suite struct SplitTests {
  @Test func aMomentDividesTheRowsForAllUsers() throws {
    var dataset = DatasetStoreTests.dataset(events: 1000)
    try DatasetSplit.time(TimeSplit(testShare: 0.2, validationShare: 0.1)).apply(to: &dataset)
    let parts = dataset.interactions.heldOut
    let expected =
      [UInt8](repeating: 0, count: 700) + [UInt8](repeating: 2, count: 100)
      + [UInt8](repeating: 1, count: 200)
    #expect((parts == expected) as Bool)
  }

  @Test func rowsOfOneTimeStayTogether() throws {
    var dataset = DatasetStoreTests.dataset(events: 10)
    dataset.interactions.timesMilliseconds = [0, 1, 2, 5, 5, 5, 5, 5, 8, 9]
    try DatasetSplit.time(TimeSplit(testShare: 0.5)).apply(to: &dataset)
    #expect(dataset.interactions.heldOut == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
    dataset.interactions.timesMilliseconds = [Int64](repeating: 5, count: 10)
    try DatasetSplit.time(TimeSplit(testShare: 0.5)).apply(to: &dataset)
    #expect(!dataset.interactions.heldOut.contains(1))
    #expect(throws: DatasetError.self) {
      try DatasetSplit.time(TimeSplit(testShare: 1)).apply(to: &dataset)
    }
  }

  @Test func aRandomRowIsDrawnByWhatItSays() throws {
    var dataset = DatasetStoreTests.dataset(events: 40_000)
    let split = DatasetSplit.random(
      RandomSplit(testShare: 0.2, validationShare: 0.1, seed: 3))
    try split.apply(to: &dataset)
    let parts = dataset.interactions.heldOut
    for (part, share) in [(DatasetPart.test, 0.2), (.validation, 0.1), (.train, 0.7)] {
      let seen = Double(parts.count { $0 == part.rawValue }) / 40_000
      #expect(abs(seen - share) < 0.01)
    }
    // A row's part does not depend on the others.
    var half = dataset
    half.interactions = dataset.interactions.gathered((20_000..<40_000).map { Int32($0) })
    try split.apply(to: &half)
    #expect((half.interactions.heldOut == Array(parts[20_000...])) as Bool)
    try DatasetSplit.random(RandomSplit(testShare: 0.2, validationShare: 0.1, seed: 4))
      .apply(to: &half)
    #expect((half.interactions.heldOut != Array(parts[20_000...])) as Bool)
  }

  @Test func aColumnSaysWhatARowIsFor() throws {
    let rows = "u,a,3,train\nu,b,1,TEST\nv,a,2,valid\nv,b,4,train\n"
    let fixture = try Fixture([
      "log.csv": "user,item,time,split\n" + rows + "v,c,9,other\n",
      "quoted.csv": "user,item,time,\"split\"\n" + rows + "v,c,9,other\n",
      "plain.csv": "user,item\na,b\n",
    ])
    for name in ["log.csv", "quoted.csv"] {
      var (dataset, report) = try DelimitedReader(
        interactions: fixture.path + "/" + name, name: "own"
      ).read()
      #expect(dataset.interactions.heldOut == [1, 2, 0, 0])
      #expect(report.count(of: "schema") == 1)
      try DatasetSplit.given.apply(to: &dataset)
      #expect(dataset.interactions.heldOut == [1, 2, 0, 0])
    }
    var (plain, _) = try DelimitedReader(
      interactions: fixture.path + "/plain.csv", name: "own"
    ).read()
    #expect(throws: DatasetError.self) { try DatasetSplit.given.apply(to: &plain) }
  }

  @Test func filesOfTheirOwnSayWhatRowsAreFor() throws {
    let fixture = try Fixture([
      "train.csv": "user,item,time\nu,a,5\nv,b,1\n", "test.csv": "item,user,time\nb,u,3\n",
      "valid.csv": "user,item,time\nu,c,4\n",
    ])
    var reader = DelimitedReader(interactions: fixture.path + "/train.csv", name: "own")
    reader.test = fixture.path + "/test.csv"
    reader.validation = fixture.path + "/valid.csv"
    let (dataset, report) = try reader.read()
    #expect(report.rowsRead == 4)
    #expect(dataset.interactions.heldOut == [0, 1, 2, 0])
    #expect(dataset.interactions.timesMilliseconds == [1000, 3000, 4000, 5000])
  }

  @Test(arguments: [
    DatasetSplit.lastItems(HoldoutSplit()), .time(TimeSplit(testShare: 0.3)),
    .random(RandomSplit(seed: 9)), .given,
  ])
  func aSplitIsKeptInTheManifest(split: DatasetSplit) throws {
    let data = try JSONEncoder().encode(split)
    #expect(try JSONDecoder().decode(DatasetSplit.self, from: data) == split)
  }

  @Test func manifestsFromBeforeHeldOutLastItems() throws {
    let data = try JSONEncoder().encode(HoldoutSplit(share: 0.2))
    #expect(
      try JSONDecoder().decode(DatasetSplit.self, from: data)
        == .lastItems(HoldoutSplit(share: 0.2)))
  }

  @Test func driftIsFoundWhereItIs() throws {
    let last = DatasetStoreTests.dataset(events: 4000)
    let drift = DatasetDrift(
      before: DatasetProfile(last), users: last.users, items: last.items)
    func findings(_ change: (inout Dataset) -> Void) -> [String: ValidationReport.Severity] {
      var dataset = last
      change(&dataset)
      var report = ValidationReport()
      drift.record(dataset, in: &report)
      return Dictionary(uniqueKeysWithValues: report.findings.map { ($0.rule, $0.severity) })
    }
    #expect(findings { _ in }.isEmpty)
    #expect(
      findings { dataset in
        for row in 0..<dataset.interactions.count { dataset.interactions.values[row] += 3000 }
      } == ["drift.values": .warning])
    #expect(
      findings { dataset in
        dataset.interactions.types = dataset.interactions.types.map { _ in EventType.like.rawValue }
      } == ["drift.types": .warning])
    #expect(findings { $0.users[0].externalID = "new" } == ["drift.users": .note])
    #expect(
      findings { dataset in
        for row in dataset.items.indices { dataset.items[row].externalID += "x" }
      } == ["drift.items": .warning])
    let fewer = findings {
      $0.interactions = $0.interactions.gathered((0..<400).map { Int32($0 * 10) })
    }
    #expect(fewer["drift.rows"] == .warning)
    #expect(fewer["drift.user_counts"] == .warning)
    // By hand: (0.9 - 0.5) ln(0.9 / 0.5) + (0.1 - 0.5) ln(0.1 / 0.5).
    #expect(abs(DatasetDrift.stabilityIndex([0.5, 0.5], [0.9, 0.1]) - 0.878_890) < 1e-5)
  }
}
