import RecommendationCore
import Testing

@testable import Text

@Suite struct TextTokenizerTests {
  @Test func wordsAreLowerCaseWithoutPluralsAndStopWords() {
    #expect(
      TextTokenizer.words("The Cats' dogs: a man's KÜHE, in 1995!")
        == ["cat", "dog", "man", "kühe", "1995"])
    #expect(TextTokenizer.words("glass bus analysis I x") == ["glass", "bus", "analysis"])
    #expect(TextTokenizer.words("").isEmpty)
    #expect(TextTokenizer.words("— … '").isEmpty)
    #expect(TextTokenizer.words(String(repeating: "x", count: 5_000)).first?.count == 40)
    #expect(TextTokenizer.words("映画 東京").count == 2)
  }

  @Test func aCategoryIsNotTheWordNorTheDirectorOfItsName() {
    let word = ItemTerms.of(Item(externalID: "a", title: "Drama"))
    let category = ItemTerms.of(Item(externalID: "b", title: "", categories: ["Drama"]))
    let director = ItemTerms.of(
      Item(externalID: "c", title: "", attributes: ["director": .text("Drama")]))
    #expect(word.count == 1 && category.count == 1 && director.count == 1)
    #expect(Set([word, category, director].flatMap(\.keys)).count == 3)
    let numbers = ItemTerms.of(
      Item(externalID: "d", title: "", attributes: ["length": .number(.nan)], year: 1994))
    #expect(numbers.count == 1)
  }
}
