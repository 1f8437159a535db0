/// A MovieLens title, e.g. `Matrix, The (1999)`, taken apart.
struct MovieTitle {
  /// As people write it: `The Matrix`.
  var title: String
  /// `1999`.
  var year: Int32?

  private static let articles: Set<String> = [
    "The", "A", "An", "La", "Le", "Les", "L'", "Il", "Lo", "El", "Los", "Las", "Der", "Die", "Das",
    "Un", "Une", "Den", "Det",
  ]

  /// Takes a title apart; one without a year keeps its text.
  init(_ text: String) {
    var name = Substring(text)
    while name.last == " " { name.removeLast() }
    if name.last == ")", let open = name.lastIndex(of: "("),
      let year = Int32(name[name.index(after: open)...].dropLast()), (1850...2100).contains(year)
    {
      self.year = year
      name = name[..<open]
      while name.last == " " { name.removeLast() }
    }
    // An alternative title in brackets stays behind the main one.
    let main = name.firstRange(of: " (").map { name[..<$0.lowerBound] } ?? name
    let rest = name[main.endIndex...]
    if let comma = main.lastIndex(of: ",") {
      let article = main[main.index(after: comma)...].drop { $0 == " " }
      if Self.articles.contains(String(article)) {
        let space = article.hasSuffix("'") ? "" : " "
        title = "\(article)\(space)\(main[..<comma])\(rest)"
        return
      }
    }
    title = String(name)
  }
}
