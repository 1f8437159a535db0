import Foundation
import Testing

@testable import Text

@Suite struct TermVectorizerTests {
  @Test func weightsAreTheFormulas() throws {
    let texts: [[UInt64: Float]] = [[1: 1, 2: 3], [1: 1], [2: 1, 3: 1], [9: 1]]
    let vectorizer = TermVectorizer.fit(texts, minimumTexts: 1, largestShare: 1)
    #expect(vectorizer.terms == [1, 2, 3, 9])
    let vector = vectorizer.vector(texts[0])
    let rare = Float(log(5.0 / 3) + 1)
    let wanted = [rare, (1 + Float(log(3.0))) * rare]
    let length = (wanted[0] * wanted[0] + wanted[1] * wanted[1]).squareRoot()
    #expect(vector.columns == [0, 1])
    for (value, expected) in zip(vector.values, wanted) {
      #expect(abs(value - expected / length) < 1e-6)
    }
  }

  @Test func termsTooRareOrTooCommonGo() {
    var texts = (0..<10).map { [UInt64(100 + $0): Float(1), 7: 1] }
    texts[0][8] = 1
    texts[1][8] = 1
    #expect(TermVectorizer.fit(texts).terms == [8])
    #expect(TermVectorizer.fit([]).terms.isEmpty)
    #expect(TermVectorizer.fit(texts).vector([999: 1]) == TermVectorizer.SparseVector())
    #expect(TermVectorizer.fit(texts, minimumTexts: 1, largestShare: 1, limit: 2).terms == [7, 8])
  }

  @Test func partsThatDoNotFitAreRefused() {
    #expect(TermVectorizer(terms: [2, 1], rarity: [1, 1]) == nil)
    #expect(TermVectorizer(terms: [1], rarity: []) == nil)
    #expect(TermVectorizer(terms: [1], rarity: [.nan]) == nil)
  }
}
