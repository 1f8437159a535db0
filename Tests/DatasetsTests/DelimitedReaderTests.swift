import Foundation
import RecommendationCore
import Testing

@testable import Datasets

@Suite struct DelimitedReaderTests {
  @Test func columnsAreFoundByNameInAnyOrder() throws {
    let fixture = try Fixture([
      "log.tsv": "\u{feff}time\tEvent\titem_id\tuser_id\n2024-01-05T10:00:00Z\tclick\ta\tu1\n"
        + "1704448801\tpurchase\tb\tu1\n1704448802000\timpression\tb\tu2\n",
      "items.csv": "id,title,description,categories,year,price,colour\n"
        + "a,Ash,\"a tree,\nin two lines\",plants|trees,1999,3.5,green\nb,Box,,,,,\n",
    ])
    let (dataset, report) = try DelimitedReader(
      interactions: fixture.path + "/log.tsv", items: fixture.path + "/items.csv", name: "own"
    ).read()
    #expect(dataset.interactions.timesMilliseconds == [1_704_448_800_000, 1_704_448_801_000])
    #expect((0..<2).map { dataset.event($0).type } == [.click, .purchase])
    #expect(dataset.impressions.count == 1)
    #expect(dataset.items[0].description == "a tree,\nin two lines")
    #expect(dataset.items[0].categories == ["plants", "trees"])
    #expect(dataset.items[0].attributes == ["colour": .text("green")])
    #expect(dataset.items[0].price == 3.5)
    #expect(dataset.items[1].year == nil)
    #expect(!report.failsStrictRun)
  }

  @Test func aMissingColumnIsNamed() throws {
    let fixture = try Fixture(["log.csv": "user,thing\na,b\n"])
    #expect {
      try DelimitedReader(interactions: fixture.path + "/log.csv", name: "own").read()
    } throws: {
      ("\($0)").contains("no column item")
    }
  }

  @Test func anActLoggedTwiceCountsOnce() throws {
    let fixture = try Fixture(["log.csv": "user,item,time\na,x,5\na,x,5\na,x,6\na,y,5\n"])
    let (dataset, report) = try DelimitedReader(
      interactions: fixture.path + "/log.csv", name: "own"
    ).read()
    #expect(dataset.interactions.count == 3)
    #expect(report.count(of: "duplicate") == 1)
  }

  @Test func aFileOfHeaderOnlyIsAnErrorNotACrash() throws {
    let fixture = try Fixture([
      "log.csv": "user,item\n", "empty.csv": "", "open.csv": "user,item\n\"a,b\n",
    ])
    for name in ["log.csv", "empty.csv", "open.csv"] {
      #expect(throws: DatasetError.self) {
        try DelimitedReader(interactions: fixture.path + "/" + name, name: "own").read()
      }
    }
  }

  @Test func noBytesWhateverMakeTheReaderCrash() throws {
    var random = SeededGenerator(seed: 7)
    let alphabet: [UInt8] = Array("user,item\n\"\t;0123.e-\r".utf8) + [0, 0xff, 0xc3]
    for _ in 0..<300 {
      let body = (0..<200).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
      let fixture = try Fixture([:])
      try fixture.write(.init(Array("user,item,value,time\n".utf8) + body), "log.csv")
      _ = try? DelimitedReader(interactions: fixture.path + "/log.csv", name: "own").read()
    }
  }
}
