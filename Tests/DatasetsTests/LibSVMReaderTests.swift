import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct LibSVMReaderTests {
  /// Reads texts as files.
  private func read(
    _ rows: String, queries: String? = nil, reader: LibSVMReader = LibSVMReader()
  ) throws -> QueryRows {
    let folder = try TemporaryDirectory()
    let path = folder.path("rows")
    try Data(rows.utf8).write(to: URL(fileURLWithPath: path))
    let queryPath = folder.path("rows.query")
    if let queries { try Data(queries.utf8).write(to: URL(fileURLWithPath: queryPath)) }
    return try reader.read(path, queries: queries == nil ? nil : queryPath)
  }

  @Test func rowsAreReadWithTheirQueries() throws {
    let rows = try read("2 1:0.5 3:-1e-2\n0 0:1\n\n1\n", queries: "2\n1\n")
    #expect(rows.labels == [2, 0, 1])
    #expect(rows.columns == 4)
    #expect(rows.values == [0, 0.5, 0, -0.01, 1, 0, 0, 0, 0, 0, 0, 0])
    #expect(rows.groups == [2, 1])
  }

  @Test func queriesMayStandInTheRows() throws {
    let rows = try read("1 qid:7 1:1 # a page\n0 qid:7 2:1\n3 qid:12 1:2\n")
    #expect(rows.groups == [2, 1])
    #expect(rows.labels == [1, 0, 3])
  }

  @Test func absentValuesAndColumnsAreAsAsked() throws {
    let reader = LibSVMReader(absent: .nan, columns: 2)
    let rows = try read("0 1:3 5:1\n", reader: reader)
    #expect(rows.columns == 2)
    #expect(rows.values[0].isNaN)
    #expect(rows.values[1] == 3)
    #expect(rows.groups.isEmpty)
  }

  @Test(
    arguments: [
      ("x 1:1\n", nil), ("1 1\n", nil), ("1 -1:2\n", nil), ("1 2:1 2:3\n", nil), ("1 3:a\n", nil),
      ("1 99999999999:1\n", nil), ("1 1:nan\n", nil), ("", nil), ("1 1:1\n", "2\n"),
      ("1 1:1\n1 1:1\n", "1\n"), ("1 1:1\n", "one\n"), ("1 1:1\n", "0\n1\n"),
    ] as [(String, String?)]) func brokenFilesAreRefused(_ rows: String, _ queries: String?)
  {
    #expect(throws: DatasetError.self) { try read(rows, queries: queries) }
  }
}
