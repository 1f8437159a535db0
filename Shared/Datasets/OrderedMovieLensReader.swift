import Foundation
import RecommendationCore

/// Reads MovieLens-1M as histories in order, without times: `interactions.tsv` with the columns user, item,
/// position, liked; `movies.dat`, `users.dat`; `movies_extrainfos.dat` and `dbpedia_abstracts.json` if there.
///
/// The data has order but no clock. Event i of a user's n gets the time
/// `2000-01-01 UTC + (i + 0.5) / n x 365 days`, so that order holds within each user and a cut in time cuts
/// every user's history at the same share. A liked film (three stars or more) is a `like`; any other that
/// was rated is a `view`: the user saw it.
struct OrderedMovieLensReader {
  let directory: String
  let name: String

  /// 2000-01-01 00:00 UTC.
  static let startMilliseconds: Int64 = 946_684_800_000
  /// 365 days.
  static let spanMilliseconds: Int64 = 31_536_000_000

  func read(_ progress: ProgressReport?) throws -> (Dataset, ValidationReport) {
    let users = DataFile.path("users.dat", in: directory)
    var builder = DatasetBuilder(
      name: name,
      rules: DatasetRules(
        values: 0...0, repetition: .pair, listsItems: true, listsUsers: users != nil))
    try MovieLensFiles.readMoviesDat(
      DataFile.required("movies.dat", in: directory), into: &builder)
    if let users { try MovieLensFiles.readUsersDat(users, into: &builder) }
    if let abstracts = DataFile.path("dbpedia_abstracts.json", in: directory) {
      try readAbstracts(abstracts, into: &builder)
    }
    if let extras = DataFile.path("movies_extrainfos.dat", in: directory) {
      try readExtras(extras, into: &builder)
    }
    let rows = try readInteractions(into: &builder, progress)
    return try builder.finish(rowsRead: rows)
  }

  private struct Row {
    var user, item: Int32
    var position: Int32
    var liked: Bool
  }

  private func readInteractions(
    into builder: inout DatasetBuilder, _ progress: ProgressReport?
  ) throws -> Int {
    let path = try DataFile.required("interactions.tsv", in: directory)
    var rows: [Row] = []
    let lines = try LineScanner(path: path).forEachLine(progress: progress) { bytes, line in
      guard line > 1 else { return }
      guard let row = Self.parse(bytes, &builder) else {
        return builder.refuseRow("not user, item, position, liked", at: "\(path):\(line)")
      }
      rows.append(row)
    }
    rows.sort { ($0.user, $0.position) < ($1.user, $1.position) }
    var start = 0
    while start < rows.count {
      let end = rows[start...].firstIndex { $0.user != rows[start].user } ?? rows.count
      for place in start..<end {
        let row = rows[place]
        let gap = place > start && row.position != rows[place - 1].position + 1
        if gap {
          builder.report.record(
            "order.gap", .note,
            "positions of a user count up by one; what is there keeps its order",
            example: "user \(builder.users.identifier(Int(row.user))), position \(row.position)")
        }
        builder.add(
          user: row.user, item: row.item, type: row.liked ? .like : .view, value: 0,
          timeMilliseconds: Self.time(of: place - start, among: end - start), at: path)
      }
      start = end
    }
    return max(0, lines - 1)
  }

  /// The time of event `index` of `count` of a user.
  static func time(of index: Int, among count: Int) -> Int64 {
    startMilliseconds
      + Int64((Double(index) + 0.5) / Double(count) * Double(spanMilliseconds))
  }

  private static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, _ builder: inout DatasetBuilder
  ) -> Row? {
    var fields = (
      FieldParser.Bytes(rebasing: bytes[..<0]), FieldParser.Bytes(rebasing: bytes[..<0])
    )
    var position: Int64?
    var liked: Int64?
    var count = 0
    FieldParser.forEachField(bytes, separator: 0x09) { index, field in
      count += 1
      switch index {
      case 0: fields.0 = field
      case 1: fields.1 = field
      case 2: position = FieldParser.integer(field)
      case 3: liked = FieldParser.integer(field)
      default: break
      }
    }
    guard count == 4, !fields.0.isEmpty, !fields.1.isEmpty, let position, let liked,
      let place = Int32(exactly: position), place >= 0, (-1...1).contains(liked)
    else { return nil }
    return Row(
      user: builder.users.row(of: fields.0), item: builder.items.row(of: fields.1), position: place,
      liked: liked == 1)
  }

  private func readAbstracts(_ path: String, into builder: inout DatasetBuilder) throws {
    let abstracts: [String: String]
    do {
      abstracts = try JSONDecoder().decode(
        [String: String].self, from: Data(DataFile.contents(path)))
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(.format, "\(path) is no JSON object of texts", cause: error)
    }
    for (identifier, abstract) in abstracts.sorted(by: { $0.key < $1.key }) {
      _ = builder.amend(item: identifier) { $0.description = abstract }
    }
  }

  /// `id::title::year::rated::released::genres::director::writers::actors::plot::poster-url`; UTF-8.
  private func readExtras(_ path: String, into builder: inout DatasetBuilder) throws {
    try LineScanner(path: path).forEachLine { bytes, line in
      let fields = FieldParser.utf8(bytes).split(
        separator: "::", omittingEmptySubsequences: false
      ).map(String.init)
      guard fields.count == 11 else {
        return builder.report.record(
          "schema.extras", .note, "rows of extra facts have eleven fields; others are left out",
          example: "\(path):\(line): \(fields.count) fields")
      }
      _ = builder.amend(item: fields[0]) { item in
        func known(_ index: Int) -> String? {
          fields[index].isEmpty || fields[index] == "N/A" ? nil : fields[index]
        }
        if let plot = known(9) { item.description = plot }
        if let poster = known(10) { item.imageURI = poster }
        if item.year == nil { item.year = known(2).flatMap { Int32($0) } }
        if let rated = known(3) { item.attributes["certificate"] = .text(rated) }
        if let director = known(6) { item.attributes["director"] = .text(director) }
        if let actors = known(8) {
          item.attributes["actors"] = .texts(actors.components(separatedBy: ", "))
        }
      }
    }
  }
}
