import RecommendationCore

/// The lists of films and people that MovieLens editions share.
enum MovieLensFiles {
  /// Age brackets of `users.dat`.
  private static let ages: [String: String] = [
    "1": "under 18", "18": "18-24", "25": "25-34", "35": "35-44", "45": "45-49", "50": "50-55",
    "56": "56+",
  ]

  /// Occupations of `users.dat`, by number (from the edition's README).
  private static let occupations = [
    "other", "academic/educator", "artist", "clerical/admin", "college/grad student",
    "customer service", "doctor/health care", "executive/managerial", "farmer", "homemaker",
    "K-12 student", "lawyer", "programmer", "retired", "sales/marketing", "scientist",
    "self-employed", "technician/engineer", "tradesman/craftsman", "unemployed", "writer",
  ]

  /// `movies.dat`: `id::title (year)::genre|genre`, ISO 8859-1.
  static func readMoviesDat(_ path: String, into builder: inout DatasetBuilder) throws {
    try LineScanner(path: path).forEachLine { bytes, line in
      let fields = FieldParser.latin1(bytes).split(
        separator: "::", omittingEmptySubsequences: false)
      guard fields.count == 3, !fields[0].isEmpty, !fields[1].isEmpty else {
        return builder.refuseRow("not id::title::genres", at: "\(path):\(line)")
      }
      builder.describe(
        item(id: String(fields[0]), title: String(fields[1]), genres: fields[2]),
        at: "\(path):\(line)")
    }
  }

  /// An item from MovieLens' own title and genres.
  static func item(id: String, title: String, genres: Substring) -> Item {
    let name = MovieTitle(title)
    let categories =
      genres == "(no genres listed)" ? [] : genres.split(separator: "|").map(String.init)
    return Item(externalID: id, title: name.title, categories: categories, year: name.year)
  }

  /// `users.dat`: `id::sex::age::occupation::zip`.
  static func readUsersDat(_ path: String, into builder: inout DatasetBuilder) throws {
    try LineScanner(path: path).forEachLine { bytes, line in
      let fields = FieldParser.latin1(bytes).split(
        separator: "::", omittingEmptySubsequences: false
      ).map(String.init)
      guard fields.count == 5, !fields[0].isEmpty else {
        return builder.refuseRow("not id::sex::age::occupation::zip", at: "\(path):\(line)")
      }
      var attributes: [String: AttributeValue] = [
        "sex": .text(fields[1]), "age_group": .text(ages[fields[2]] ?? fields[2]),
        "zip": .text(fields[4]),
      ]
      if let number = Int(fields[3]), occupations.indices.contains(number) {
        attributes["occupation"] = .text(occupations[number])
      }
      builder.describe(
        DatasetUser(externalID: fields[0], attributes: attributes), at: "\(path):\(line)")
    }
  }
}
