import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Datasets

@Suite struct MovieLensReaderTests {
  /// user, item, position, liked: two users, one of them with a gap, rows out of order; gzipped.
  static let orderedInteractions =
    "H4sIAAAAAAAAAystTi3izCxJzeUsyC/OLMnMz+PMycxOTeEy4jQ0tDTmNOQ0ADLNzIA0pyGXIRLLktOIU9eQCwDeCH6/QQAAAA=="

  @Test func orderedHistoriesGetAClockThatKeepsTheirOrder() throws {
    let fixture = try Fixture([
      "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
      "movies_extrainfos.dat":
        "661::James::1996::PG::12 Apr 1996::Animation::Henry Selick::x::Paul Terry, Simon Callow::"
        + "An orphan and a peach – adventure.::http://poster\n",
      "dbpedia_abstracts.json": #"{"1193": "One Flew is a drama.", "661": "Older text."}"#,
    ])
    // É in ISO 8859-1 is no UTF-8.
    try fixture.write(
      Data(
        "661::James and the Giant P\u{e9}ach, The (1996)::Animation|Children's\n".unicodeScalars.map
        {
          UInt8($0.value)
        })
        + Data(
          "1193::One Flew Over the Cuckoo's Nest (1975)::Drama\n9::Cold One (1990)::Drama\n".utf8),
      "movies.dat")
    try fixture.write(
      try #require(Data(base64Encoded: Self.orderedInteractions)), "interactions.tsv.gz")
    let (dataset, report) = try DatasetReader.movieLens(fixture.path)

    #expect(dataset.users.map(\.externalID) == ["1", "2"])
    #expect(dataset.users[0].attributes["occupation"] == .text("K-12 student"))
    let item = try #require(dataset.items.first { $0.externalID == "661" })
    #expect(item.title == "The James and the Giant P\u{e9}ach")
    #expect(item.year == 1996)
    #expect(item.categories == ["Animation", "Children's"])
    #expect(item.description == "An orphan and a peach – adventure.")
    #expect(item.attributes["actors"] == .texts(["Paul Terry", "Simon Callow"]))
    #expect(item.imageURI == "http://poster")
    #expect(dataset.items.first { $0.externalID == "1193" }?.description == "One Flew is a drama.")

    // Both users have two events: at a quarter and at three quarters of the year.
    let table = dataset.interactions
    let quarter = OrderedMovieLensReader.spanMilliseconds / 4
    let start = OrderedMovieLensReader.startMilliseconds
    #expect(
      table.timesMilliseconds == [
        start + quarter, start + quarter, start + 3 * quarter, start + 3 * quarter,
      ])
    #expect((0..<4).map { dataset.event($0).type } == [.like, .like, .view, .view])
    #expect(dataset.event(0).item == ItemID(external: "661"))
    #expect(dataset.event(3).item == ItemID(external: "1193"))
    #expect(report.count(of: "order.gap") == 1)
    #expect(report.rowsRead == 4)
    #expect(!report.failsStrictRun)
  }

  @Test func ratingsAreReadFromCSVWithQuotedTitles() throws {
    let fixture = try Fixture([
      "ratings.csv":
        "userId,movieId,rating,timestamp\r\n7,11,4.5,1260759144\r\n7,2,3.0,1260759100\n",
      "movies.csv": "movieId,title,genres\n11,\"American President, The (1995)\",Comedy|Drama\n"
        + "2,\"The \"\"Quoted\"\" One\",(no genres listed)\n",
    ])
    let (dataset, report) = try DatasetReader.movieLens(fixture.path)
    #expect(dataset.items.map(\.title) == ["The American President", "The \"Quoted\" One"])
    #expect(dataset.items[1].categories.isEmpty)
    #expect(dataset.interactions.values == [3, 4.5])
    #expect(dataset.interactions.timesMilliseconds == [1_260_759_100_000, 1_260_759_144_000])
    #expect(report.count(of: "time.order") == 1)
    #expect(!report.failsStrictRun)
  }

  @Test func brokenRowsAreCountedAndNeverEndTheRun() throws {
    let rows = [
      "1,10,4.0,1000", "1,11,9.5,1001", "1,12,x,1002", "1,13,4.0", "", ",14,4.0,1003",
      "1,15,4.0,99999999999999", "1,10,2.0,1005", "2,99,3.0,7", "1,16,4.0,1004,5",
      "\u{0},1\u{ff},nan,1e400",
    ]
    let fixture = try Fixture([
      "ratings.csv": "userId,movieId,rating,timestamp\n" + rows.joined(separator: "\n"),
      "movies.csv": "movieId,title,genres\n"
        + [10, 11, 12, 13, 14, 15, 16, 17].map { "\($0),Film \($0),Drama" }.joined(separator: "\n"),
    ])
    let (dataset, report) = try DatasetReader.movieLens(fixture.path)
    #expect(report.rowsRead == rows.count)
    #expect(report.rowsKept == 2)
    #expect(report.count(of: "schema") == 6)
    #expect(report.count(of: "range.value") == 1)
    #expect(report.count(of: "range.time") == 1)
    #expect(report.count(of: "duplicate") == 1)
    #expect(report.count(of: "orphan.item") == 1)
    #expect(report.count(of: "unused.item") >= 6)
    #expect(report.failsStrictRun)
    #expect(report.findings.first { $0.rule == "schema" }?.examples.first?.contains(":4: ") == true)
    // Of a pair rated twice the last rating counts.
    let pair = try #require((0..<2).first { dataset.event($0).item == ItemID(external: "10") })
    #expect(dataset.interactions.values[pair] == 2)
  }

  @Test func movieLens100KGivesGenresAndPeople() throws {
    let flags = "0|1" + String(repeating: "|0", count: 17)
    let fixture = try Fixture([
      "u.data": "196\t242\t3\t881250949\n", "u.genre": "unknown|0\nAction|1\nAdventure|2\n\n",
      "u.item": "242|Kolya (1996)|24-Jan-1997||http://x|\(flags)\n",
      "u.user": "196|49|M|writer|55105\n",
    ])
    let (dataset, report) = try DatasetReader.movieLens(fixture.path)
    #expect(dataset.items[0].title == "Kolya")
    #expect(dataset.items[0].categories == ["Action"])
    #expect(dataset.users[0].attributes["age"] == .number(49))
    #expect(!report.failsStrictRun)
  }

  @Test func aCutOffGzipFileIsAnError() throws {
    let fixture = try Fixture(["movies.dat": "1::One (1990)::Drama\n"])
    let whole = try #require(Data(base64Encoded: Self.orderedInteractions))
    try fixture.write(whole.prefix(whole.count - 20), "interactions.tsv.gz")
    #expect(throws: DatasetError.self) { try DatasetReader.movieLens(fixture.path) }
  }

  @Test func aFolderOfSomethingElseIsRefusedByName() throws {
    let fixture = try Fixture(["readme.txt": "hello"])
    #expect(throws: DatasetError.self) { try DatasetReader.movieLens(fixture.path) }
  }

  @Test(arguments: [
    ("Matrix, The (1999)", "The Matrix", 1999),
    ("Postino, Il (The Postman) (1994)", "Il Postino (The Postman)", 1994),
    ("Heat (1995)", "Heat", 1995),
    ("Good, The Bad and The Ugly, The (1966)", "The Good, The Bad and The Ugly", 1966),
    ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
    ("Amants, Les (1958) ", "Les Amants", 1958),
  ])
  func titlesReadAsPeopleWriteThem(raw: String, title: String, year: Int32) {
    #expect(MovieTitle(raw).title == title)
    #expect(MovieTitle(raw).year == year)
  }
}
