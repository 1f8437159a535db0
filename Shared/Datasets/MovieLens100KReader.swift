import RecommendationCore

/// Reads MovieLens-100K: `u.data` (tabs), `u.item`, `u.user`, `u.genre` (bars; ISO 8859-1).
struct MovieLens100KReader {
  let directory: String
  let name: String

  func read(_ progress: ProgressReport?) throws -> (Dataset, ValidationReport) {
    let itemPath = DataFile.path("u.item", in: directory)
    let userPath = DataFile.path("u.user", in: directory)
    var builder = DatasetBuilder(
      name: name,
      rules: DatasetRules(
        values: 1...5, repetition: .pair, listsItems: itemPath != nil, listsUsers: userPath != nil))
    if let itemPath { try readItems(itemPath, genres: readGenres(), into: &builder) }
    if let userPath { try readUsers(userPath, into: &builder) }
    let path = try DataFile.required("u.data", in: directory)
    let rows = try readRatings(path: path, builder: &builder, progress)
    return try builder.finish(rowsRead: rows)
  }

  private func readRatings(
    path: String, builder: inout DatasetBuilder, _ progress: ProgressReport?
  ) throws -> Int {
    var rows = 0
    try DelimitedFile(path: path, separator: 0x09).forEachRecord(progress: progress) { record in
      rows += 1
      let place = "\(path):\(record.line)"
      guard record.count == 4, !record.bytes(0).isEmpty, !record.bytes(1).isEmpty,
        let stars = FieldParser.decimal(record.bytes(2)),
        let seconds = FieldParser.integer(record.bytes(3))
      else { return builder.refuseRow("not user, item, rating, time", at: place) }
      let user = builder.users.row(of: record.bytes(0))
      let item = builder.items.row(of: record.bytes(1))
      builder.add(
        user: user, item: item, type: .rating, value: stars, timeMilliseconds: seconds &* 1000,
        at: place)
    }
    return rows
  }

  /// Names by number.
  private func readGenres() throws -> [String] {
    guard let path = DataFile.path("u.genre", in: directory) else { return [] }
    var names: [String] = []
    try LineScanner(path: path).forEachLine { bytes, _ in
      if let name = FieldParser.latin1(bytes).split(separator: "|").first {
        names.append(String(name))
      }
    }
    return names
  }

  private func readItems(
    _ path: String, genres: [String], into builder: inout DatasetBuilder
  ) throws {
    try LineScanner(path: path).forEachLine { bytes, line in
      let fields = FieldParser.latin1(bytes).split(
        separator: "|", omittingEmptySubsequences: false)
      guard fields.count >= 5, !fields[0].isEmpty, !fields[1].isEmpty else {
        return builder.refuseRow("not id|title|date|...|genre flags", at: "\(path):\(line)")
      }
      let names = zip(genres, fields[5...]).filter { $0.1 == "1" && $0.0 != "unknown" }.map(\.0)
      builder.describe(
        MovieLensFiles.item(
          id: String(fields[0]), title: String(fields[1]),
          genres: Substring(names.joined(separator: "|"))), at: "\(path):\(line)")
    }
  }

  private func readUsers(_ path: String, into builder: inout DatasetBuilder) throws {
    try LineScanner(path: path).forEachLine { bytes, line in
      let fields = FieldParser.latin1(bytes).split(
        separator: "|", omittingEmptySubsequences: false
      ).map(String.init)
      guard fields.count == 5, let age = Double(fields[1]) else {
        return builder.refuseRow("not id|age|sex|occupation|zip", at: "\(path):\(line)")
      }
      builder.describe(
        DatasetUser(
          externalID: fields[0],
          attributes: [
            "age": .number(age), "sex": .text(fields[2]), "occupation": .text(fields[3]),
            "zip": .text(fields[4]),
          ]), at: "\(path):\(line)")
    }
  }
}
