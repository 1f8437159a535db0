import Foundation
import RecommendationCore
import Testing

@testable import Datasets

@Suite struct AmazonReaderTests {
  @Test func reviewsAndProductsOfTheOlderEditions() throws {
    let fixture = try Fixture([
      "reviews.json":
        #"{"reviewerID": "A1", "asin": "B01", "reviewText": "so \"so\" {", "helpful": [2, 3], "overall": 5.0, "unixReviewTime": 1385164800}"#
        + "\n"
        + #"{"reviewerID": "A2", "asin": "B02", "overall": 3.0, "verified": true, "style": {"Size:": " 5"}, "unixReviewTime": 1385164700}"#
        + "\n\n",
      "meta.json":
        #"{"asin": "B01", "title": "Kettle\u00e9", "price": 12.5, "imUrl": "http://x/1.jpg", "categories": [["Home", "Kitchen"], ["Home", "Tea"]], "description": "Boils.", "salesRank": {"Home": 5}}"#
        + "\n"
        + #"{"asin": "B02", "title": "Pot", "price": "$1,012.99 - $2", "category": ["Home", "Pots"], "description": ["One.", "", "Two."], "brand": "Ace", "imageURL": ["https://x/2.jpg"]}"#
        + "\n",
    ])
    let (dataset, report) = try AmazonReader(
      reviews: fixture.path + "/reviews.json", metadata: fixture.path + "/meta.json", name: "amazon"
    ).read()
    #expect(!report.failsStrictRun)
    #expect(report.rowsRead == 2)
    #expect(dataset.interactions.values == [3, 5])
    #expect(dataset.interactions.timesMilliseconds == [1_385_164_700_000, 1_385_164_800_000])
    #expect(dataset.event(1).user == UserID(external: "A1"))
    #expect(dataset.event(1).item == ItemID(external: "B01"))
    let (kettle, pot) = (dataset.items[0], dataset.items[1])
    #expect(
      kettle.title == "Kettleé" && kettle.price == 12.5 && kettle.imageURI == "http://x/1.jpg")
    #expect(kettle.categories == ["Home", "Kitchen", "Tea"])
    #expect(pot.price == 1012.99 && pot.description == "One.\nTwo.")
    #expect(pot.categories == ["Home", "Pots"] && pot.imageURI == "https://x/2.jpg")
    #expect(pot.attributes["brand"] == .text("Ace"))
  }

  @Test func theEditionOf2023CountsProductsByTheirParent() throws {
    let fixture = try Fixture([
      "reviews.jsonl":
        #"{"rating": 4.0, "asin": "C1", "parent_asin": "P1", "user_id": "AF", "timestamp": 1588687728923, "images": []}"#
        + "\n"
        + #"{"rating": 1.0, "parent_asin": "P2", "asin": "C2", "user_id": "AF", "timestamp": 1588687728999}"#,
      "meta.jsonl":
        #"{"title": "Lamp", "price": null, "images": [{"thumb": "https://t", "large": "https://l"}], "store": "Lux", "categories": ["Light"], "parent_asin": "P1"}"#,
    ])
    let (dataset, report) = try AmazonReader(
      reviews: fixture.path + "/reviews.jsonl", metadata: fixture.path + "/meta.jsonl", name: "a"
    ).read()
    #expect(dataset.items.map(\.externalID) == ["P1", "P2"])
    #expect(dataset.interactions.timesMilliseconds == [1_588_687_728_923, 1_588_687_728_999])
    #expect(dataset.items[0].price == nil && dataset.items[0].imageURI == "https://t")
    #expect(report.count(of: "orphan.item") == 1)
  }

  @Test func brokenLinesAreCountedWithTheirPlace() throws {
    let good = #"{"reviewerID":"A","asin":"B","overall":2,"unixReviewTime":1000}"#
    let lines = [
      good, "{", "{'reviewerID': 'A'}", #"{"reviewerID":"A","overall":2,"unixReviewTime":1000}"#,
      #"{"reviewerID":"A","asin":"B","overall":"2","unixReviewTime":1000}"#,
      #"{"reviewerID":"A","asin":"C","overall":9,"unixReviewTime":1000}"#,
      #"{"reviewerID":"A","asin":"C","overall":2,"unixReviewTime":-1}"#, good + "x", good,
    ]
    let fixture = try Fixture(["r.json": lines.joined(separator: "\n")])
    var reader = AmazonReader(reviews: fixture.path + "/r.json", name: "a")
    for size in [40, 1 << 20] {
      reader.blockBytes = size
      let (dataset, report) = try reader.read()
      #expect(report.rowsRead == 9)
      #expect(dataset.interactions.count == 1)
      #expect(report.count(of: "schema") == 5)
      #expect(report.count(of: "range.value") == 1)
      #expect(report.count(of: "range.time") == 1)
      #expect(report.count(of: "duplicate") == 1)
      let first = report.findings.first { $0.rule == "schema" }?.examples.first
      #expect(first?.contains("r.json:2: ") == true)
    }
    let empty = try Fixture(["r.json": "{}\n"])
    #expect(throws: DatasetError.self) {
      try AmazonReader(reviews: empty.path + "/r.json", name: "a").read()
    }
  }

  @Test func noBytesWhateverMakeTheReaderCrash() throws {
    var random = SeededGenerator(seed: 12)
    let alphabet: [UInt8] = Array("{}[]:,\"\\asin overlrting12.e-\n".utf8) + [0, 0xff]
    for _ in 0..<200 {
      let body = (0..<200).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
      let fixture = try Fixture([:])
      try fixture.write(.init(body), "r.json")
      _ = try? AmazonReader(
        reviews: fixture.path + "/r.json", metadata: fixture.path + "/r.json", name: "a"
      ).read()
    }
  }
}
