import RecommendationCore
import Testing

@testable import Explanations

@Suite struct PhrasesTests {
  private func items(_ named: [(String, Act)]) -> Claim {
    .pastItems(
      named.map { Claim.NamedItem(item: ItemID(external: $0.0), title: $0.0, act: $0.1) })
  }

  private func text(
    _ claim: Claim, _ locale: String = "en", _ domain: CatalogueDomain = .films
  ) -> String {
    PhraseBook.phrases(locale: locale).sentence(claim, domain: domain)
  }

  @Test func namedItemsReadAsPeopleWouldSayIt() {
    #expect(text(items([("A", .liked)])) == "Because you liked A")
    #expect(text(items([("A", .liked), ("B", .liked)])) == "Because you liked A and B")
    #expect(
      text(items([("A", .liked), ("B", .liked), ("C", .liked)]))
        == "Because you liked A, B and C")
    #expect(
      text(items([("A", .liked), ("B", .consumed)])) == "Because you liked A and watched B")
    #expect(text(items([("A", .bought)]), "en-GB", .goods) == "Because you bought A")
    #expect(text(items([("A", .consumed)]), "en", .goods) == "Because you looked at A")
  }

  @Test func germanAgreesInNumber() {
    #expect(text(items([("A", .liked)]), "de") == "Weil dir A gefallen hat")
    #expect(
      text(items([("A", .liked), ("B", .liked)]), "de-AT") == "Weil dir A und B gefallen haben")
    #expect(
      text(items([("A", .liked), ("B", .consumed)]), "de_DE")
        == "Weil dir A gefallen hat und du B gesehen hast")
    #expect(
      text(.taste(categories: ["Krieg"], count: 4, of: 9, basis: .likes), "de")
        == "Passt zu deinem Geschmack (Krieg): 4 von deinen letzten 9 Likes")
  }

  @Test func aNeighbourIsNamedWithHowTheUserMetItAndHowNearItIs() {
    func neighbour(_ act: Act, _ cosine: Double) -> Claim {
      .contentNeighbour(
        Claim.NamedItem(item: ItemID(external: "A"), title: "A", act: act), cosine: cosine)
    }
    #expect(text(neighbour(.liked, 0.894)) == "Similar to A, which you liked (0.89)")
    #expect(text(neighbour(.noticed, 0.5)) == "Similar to A, which you looked at (0.50)")
    #expect(
      text(neighbour(.consumed, 1), "en", .music) == "Similar to A, which you listened to (1.00)")
    #expect(
      text(neighbour(.liked, 0.607), "de")
        == "Weil dir A gefallen hat: ähnlich beschrieben (0,61)")
  }

  @Test func anUnknownLanguageFallsBackToEnglish() {
    let claim = Claim.trending(place: 3, of: 900)
    for locale in ["fr", "", "-", "xx-YY", "EN"] {
      #expect(text(claim, locale) == "Popular right now: number 3 of 900")
    }
  }

  @Test func everyActInEveryDomainAndLanguageHasWords() {
    for locale in ["en", "de"] {
      for act in Act.allCases {
        for domain in CatalogueDomain.allCases {
          #expect(text(items([("Zz", act)]), locale, domain).contains("Zz"))
        }
      }
    }
  }

  @Test func aWeightSaysNoMoreThanItBears() {
    #expect(Act(weight: 1.5) == .bought)
    #expect(Act(weight: 1.4) == .liked)
    #expect(Act(weight: 0.99) == .consumed)
    #expect(Act(weight: 0.3) == .noticed)
    #expect(Act(weight: 0) == nil)
    #expect(Act(weight: -1) == nil)
    #expect(Act(weight: .nan) == nil)
  }

  @Test func rulesAndDrawsAreSaidOpenly() {
    #expect(text(.rule(id: "spring")) == "Placed here by a rule of this service (spring)")
    #expect(text(.rule(id: "spring"), "de") == "Durch eine Regel dieses Dienstes hier (spring)")
    let told: [(Double, String, String)] = [
      (1, "100 %", "100 %"), (0.05, "5 %", "5 %"), (0.0031, "0.3 %", "0,3 %"),
      (0.00999, "1 %", "1 %"), (0.0002, "<0.1 %", "<0,1 %"),
    ]
    for (probability, english, german) in told {
      let claim = Claim.exploration(probability: probability)
      #expect(
        text(claim) == "Shown to learn whether you like it (drawn with a chance of \(english))")
      #expect(text(claim, "de").hasSuffix("(ausgelost mit einer Chance von \(german))"))
    }
  }
}
