import Foundation
import RecommendationCore

/// Reads MovieLens ratings with times: `ratings.csv` (latest, 20M, 25M, 32M) or `ratings.dat` (1M, 10M).
///
/// The rows are read in blocks on all cores; memory is the columns of the result, 21 bytes a row.
struct MovieLensRatingsReader {
  enum Form {
    case csv
    case dat
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
    // Between the two colons of ratings.dat lies an empty field.
    let step = form == .csv ? 1 : 2
    let parser = DelimitedRows(
      separator: form == .csv ? 0x2c : 0x3a, width: 3 * step + 1, user: 0, item: step,
      value: 2 * step, time: 3 * step, timeForm: .unixSeconds, hasQuotes: false,
      skipsEmptyLines: false, emptyFields: form == .csv ? [] : [1, 3, 5],
      form: "user, item, rating, time", rules: builder.rules)
    return try InteractionFile(path: path, parser: parser, hasHeader: form == .csv)
      .read(into: &builder, progress)
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
