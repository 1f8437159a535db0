import Foundation
import RecommendationCore

/// Reads MovieLens ratings with times: `ratings.csv` (latest, 20M, 25M, 32M) or `ratings.dat` (1M, 10M).
///
/// The rows are streamed: memory is the columns of the result, 21 bytes a row, and one buffer.
struct MovieLensRatingsReader {
  enum Form {
    case csv
    case dat

    var separatorWidth: Int { self == .csv ? 1 : 2 }
    var separator: UInt8 { self == .csv ? 0x2c : 0x3a }
  }

  let directory: String
  let name: String
  let form: Form

  func read(_ progress: ProgressReport?) throws -> (Dataset, ValidationReport) {
    let movies = DataFile.path(form == .csv ? "movies.csv" : "movies.dat", in: directory)
    let users = form == .dat ? DataFile.path("users.dat", in: directory) : nil
    var builder = DatasetBuilder(
      name: name,
      rules: DatasetRules(
        values: 0.5...5, repetition: .pair, listsItems: movies != nil, listsUsers: users != nil))
    if let movies {
      if form == .csv {
        try readMoviesCSV(movies, into: &builder)
      } else {
        try MovieLensFiles.readMoviesDat(movies, into: &builder)
      }
    }
    if let users { try MovieLensFiles.readUsersDat(users, into: &builder) }
    let rows = try readRatings(into: &builder, progress)
    return try builder.finish(rowsRead: rows)
  }

  private func readRatings(
    into builder: inout DatasetBuilder, _ progress: ProgressReport?
  ) throws -> Int {
    let path = try DataFile.required(form == .csv ? "ratings.csv" : "ratings.dat", in: directory)
    let firstLine = form == .csv ? 2 : 1
    var rows = 0
    try LineScanner(path: path).forEachLine(progress: progress) { bytes, line in
      guard line >= firstLine else { return }
      rows += 1
      guard let row = Self.parse(bytes, form), let stars = FieldParser.decimal(row.value),
        let seconds = FieldParser.integer(row.time)
      else {
        return builder.refuseRow("not user, item, rating, time", at: "\(path):\(line)")
      }
      let user = builder.users.row(of: row.user)
      let item = builder.items.row(of: row.item)
      builder.add(
        user: user, item: item, type: .rating, value: stars,
        timeMilliseconds: seconds &* 1000, at: "\(path):\(line)")
    }
    return rows
  }

  private struct Fields {
    var user, item, value, time: FieldParser.Bytes
  }

  /// The four fields of a row; nil when there are not four or one is empty.
  @inline(__always)
  private static func parse(_ bytes: FieldParser.Bytes, _ form: Form) -> Fields? {
    guard let first = end(of: bytes, from: 0, form), first > 0 else { return nil }
    let secondStart = first + form.separatorWidth
    guard let second = end(of: bytes, from: secondStart, form), second > secondStart else {
      return nil
    }
    let thirdStart = second + form.separatorWidth
    guard let third = end(of: bytes, from: thirdStart, form), third > thirdStart else { return nil }
    let fourthStart = third + form.separatorWidth
    guard fourthStart < bytes.count else { return nil }
    return Fields(
      user: .init(rebasing: bytes[..<first]), item: .init(rebasing: bytes[secondStart..<second]),
      value: .init(rebasing: bytes[thirdStart..<third]),
      time: .init(rebasing: bytes[fourthStart...])
    )
  }

  @inline(__always)
  private static func end(of bytes: FieldParser.Bytes, from start: Int, _ form: Form) -> Int? {
    var index = start
    while index < bytes.count {
      if bytes[index] == form.separator {
        let whole = index + form.separatorWidth <= bytes.count
        return whole && bytes[index + form.separatorWidth - 1] == form.separator ? index : nil
      }
      index += 1
    }
    return nil
  }

  /// `movieId,title,genres` with quoted titles.
  private func readMoviesCSV(_ path: String, into builder: inout DatasetBuilder) throws {
    try DelimitedFile(path: path, separator: 0x2c).forEachRecord { record in
      guard record.line > 1 else { return }
      let place = "\(path):\(record.line)"
      guard record.count == 3, !record.text(0).isEmpty, !record.text(1).isEmpty else {
        return builder.refuseRow("not movieId,title,genres", at: place)
      }
      builder.describe(
        MovieLensFiles.item(
          id: record.text(0), title: record.text(1), genres: Substring(record.text(2))), at: place)
    }
  }
}
