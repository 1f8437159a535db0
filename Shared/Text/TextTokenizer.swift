/// Cuts text into words for likeness: letters and digits of any script, in lower case, without the words that
/// every text has.
public enum TextTokenizer {
  /// Longer words are cut: nothing that long is a word.
  static let longestWord = 40

  /// Words of English that say nothing of what a text is about (a short list after Salton 1971).
  static let stopWords: Set<String> = [
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "but", "by", "can", "do", "does", "for", "from", "get", "gets",
    "had",
    "has", "have", "he", "her", "him", "his", "how", "if", "in", "into", "is", "it", "its", "just",
    "made", "must", "no", "not", "of", "off", "on", "one", "only", "or", "other", "out", "over",
    "she", "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "they",
    "this", "to", "two", "up", "was", "were", "what", "when", "where", "which", "while", "who",
    "whose", "will", "with", "you", "your",
  ]

  /// The words of a text in their order; single letters and stop words are left out, and a plural's "s" and a
  /// genitive's "'s" go. O(characters).
  public static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    func finish() {
      defer { word.removeAll(keepingCapacity: true) }
      let stem = stem(word)
      if stem.count > 1, !stopWords.contains(stem) { words.append(stem) }
    }
    for character in text.lowercased() {
      if character.isLetter || character.isNumber {
        if word.count < longestWord { word.append(character) }
      } else if character == "'" || character == "\u{2019}" {
        continue
      } else if !word.isEmpty {
        finish()
      }
    }
    if !word.isEmpty { finish() }
    return words
  }

  /// Without the "s" of most plurals and genitives; short words and those in "ss", "us", "is" stay.
  private static func stem(_ word: String) -> String {
    guard word.count > 3, word.hasSuffix("s"),
      !["ss", "us", "is"].contains(where: { word.hasSuffix($0) })
    else { return word }
    return String(word.dropLast())
  }
}
