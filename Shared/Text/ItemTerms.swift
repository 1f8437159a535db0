import RecommendationCore

/// What a text space knows an item by: terms, each by its key, and how often each stands there.
///
/// Words of title and description are the same terms wherever they stand; a word of the title counts for
/// three. A category, a text attribute's value and the decade of release are terms of their own kinds, so that
/// a director named Drama is not the category.
public enum ItemTerms {
  /// How often a word of the title counts.
  static let titleWeight: Float = 3
  /// How often a category counts.
  static let categoryWeight: Float = 2

  /// The terms of an item. O(characters).
  public static func of(_ item: Item) -> [UInt64: Float] {
    var terms: [UInt64: Float] = [:]
    for word in TextTokenizer.words(item.title) {
      terms[key("word", word), default: 0] += titleWeight
    }
    for word in TextTokenizer.words(item.description) { terms[key("word", word), default: 0] += 1 }
    for category in item.categories {
      terms[key("category", category), default: 0] += categoryWeight
    }
    for (name, value) in item.attributes {
      switch value {
      case .text(let text): terms[key(name, text), default: 0] += 1
      case .texts(let texts): for text in texts { terms[key(name, text), default: 0] += 1 }
      case .flag(let flag): terms[key(name, flag ? "true" : "false"), default: 0] += 1
      // A number is near to others, which a term cannot be.
      case .number: break
      }
    }
    if let year = item.year { terms[key("decade", "\(year / 10)"), default: 0] += 1 }
    return terms
  }

  private static func key(_ kind: String, _ text: String) -> UInt64 {
    var hash = StableHash()
    hash.combine(kind)
    hash.combine("\u{1f}")
    hash.combine(text)
    return hash.finalized()
  }
}
