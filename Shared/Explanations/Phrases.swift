/// Puts claims into the words of one language.
protocol Phrases: Sendable {
  /// The language's tag, e.g. "en".
  static var language: String { get }

  /// A sentence without a final stop.
  func sentence(_ claim: Claim, domain: CatalogueDomain) -> String
}

/// The languages that sentences can be had in: a new one is a new file and a line here.
enum PhraseBook {
  static let fallback: any Phrases = EnglishPhrases()
  static let languages: [String: any Phrases] = [
    EnglishPhrases.language: EnglishPhrases(),
    GermanPhrases.language: GermanPhrases(),
  ]

  /// The phrases for a BCP 47 tag: by its language part, English where there is none.
  static func phrases(locale: String) -> any Phrases {
    let language = locale.split { $0 == "-" || $0 == "_" }.first.map { $0.lowercased() } ?? ""
    return languages[language] ?? fallback
  }
}

extension Phrases {
  /// "A", "A and B", "A, B and C".
  func list(_ words: [String], and: String) -> String {
    guard words.count > 1 else { return words.first ?? "" }
    var text = words[0]
    for place in 1..<words.count {
      if place == words.count - 1 {
        text += " "
        text += and
        text += " "
      } else {
        text += ", "
      }
      text += words[place]
    }
    return text
  }

  /// "5 %", "0.3 %": with as many places as it needs to be no rounder than true, and never "0 %".
  func percent(_ part: Double, mark: String = ".") -> String {
    let percent = part * 100
    guard percent < 0.95 else { return "\(Int(percent.rounded())) %" }
    guard percent >= 0.1 else { return "<0\(mark)1 %" }
    return "0\(mark)\(Int((percent * 10).rounded())) %"
  }

  /// "0.89", of a number from 0 to 1.
  func hundredths(_ number: Double, mark: String = ".") -> String {
    let hundredths = Int((number * 100).rounded())
    return "\(hundredths / 100)\(mark)\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }

  /// Named items by act, in the order in which the acts first occur.
  func groups(_ items: [Claim.NamedItem]) -> [(act: Act, titles: [String])] {
    var groups: [(act: Act, titles: [String])] = []
    for item in items {
      if let index = groups.firstIndex(where: { $0.act == item.act }) {
        groups[index].titles.append(item.title)
      } else {
        groups.append((item.act, [item.title]))
      }
    }
    return groups
  }
}
