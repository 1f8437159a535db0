import RecommendationCore
import Testing

@testable import Explanations

@Suite struct ClaimChooserTests {
  private func numbers(_ contributions: [Double], hidden: Double = 0) -> ItemNumbers {
    var numbers = ItemNumbers()
    numbers.isPersonal = true
    numbers.score = 1
    numbers.positiveTotal = contributions.reduce(hidden, +)
    numbers.pastItems = contributions.enumerated().map { index, contribution in
      ItemNumbers.PastItem(
        item: ItemID(rawValue: UInt64(index + 1)), title: "T\(index + 1)", act: .liked,
        contribution: contribution)
    }
    return numbers
  }

  private func named(_ numbers: ItemNumbers, maximumEvidence: Int = 3) -> [String]? {
    guard
      case .pastItems(let items) = ClaimChooser(maximumEvidence: maximumEvidence).claim(numbers)
    else { return nil }
    return items.map(\.title)
  }

  @Test func itemsAreNamedOnlyIfTheyCarryAFifthTogether() {
    #expect(named(numbers([10, 9, 8], hidden: 100)) == ["T1", "T2", "T3"])
    #expect(named(numbers([10, 9, 8], hidden: 109)) == nil)
  }

  @Test func aWeakSecondIsNotNamedBesideAStrongFirst() {
    #expect(named(numbers([10, 2, 1])) == ["T1"])
    #expect(named(numbers([10, 6, 1])) == ["T1", "T2"])
    // Unless the first alone carries too little.
    #expect(named(numbers([10, 4, 1], hidden: 50)) == ["T1", "T2"])
  }

  @Test func noMoreIsNamedThanMayBeShown() {
    #expect(named(numbers([10, 9, 8]), maximumEvidence: 2) == ["T1", "T2"])
    #expect(named(numbers([10, 9, 8]), maximumEvidence: 0) == nil)
  }

  @Test func pastItemsAreNoReasonForWhatTheyDidNotFind() {
    var impersonal = numbers([10, 9])
    impersonal.isPersonal = false
    #expect(named(impersonal) == nil)
    var negative = numbers([10, 9])
    negative.score = -0.1
    #expect(named(negative) == nil)
  }

  @Test func theWeakerTrueSentenceStandsIn() {
    var numbers = numbers([10, 9, 8], hidden: 1_000)
    numbers.categories = [
      .init(categories: ["Drama", "War"], count: 2, of: 40, basis: .likes),
      .init(categories: ["Drama"], count: 14, of: 40, basis: .likes),
    ]
    numbers.trending = .init(place: 4, of: 1_000, score: 12)
    let chooser = ClaimChooser(maximumEvidence: 3)
    #expect(
      chooser.claim(numbers) == .taste(categories: ["Drama"], count: 14, of: 40, basis: .likes))
    numbers.categories = [.init(categories: ["Drama"], count: 7, of: 40, basis: .likes)]
    #expect(chooser.claim(numbers) == .trending(place: 4, of: 1_000))
    numbers.trending = .init(place: 4, of: 30, score: 12)
    #expect(chooser.claim(numbers) == nil)
  }

  @Test func theStrongestOnTheCommonScaleIsSaid() {
    // The named items carry a quarter; nine of ten past items are dramas.
    var numbers = numbers([10, 9, 8], hidden: 81)
    numbers.categories = [.init(categories: ["Drama"], count: 36, of: 40, basis: .likes)]
    let chooser = ClaimChooser(maximumEvidence: 3)
    #expect(
      chooser.claim(numbers) == .taste(categories: ["Drama"], count: 36, of: 40, basis: .likes))
    numbers.categories = [.init(categories: ["Drama"], count: 14, of: 40, basis: .likes)]
    guard case .pastItems = chooser.claim(numbers) else {
      Issue.record("items that carry a quarter say more than a third of all")
      return
    }
  }

  @Test func aNeighbourIsNamedWhereItIsNearAndSaysMost() {
    var numbers = numbers([10, 9, 8], hidden: 81)
    let chooser = ClaimChooser(maximumEvidence: 3)
    func isNeighbour(_ cosine: Double) -> Bool {
      numbers.neighbour = .init(
        item: ItemID(rawValue: 9), title: "T9", act: .liked, cosine: cosine)
      guard case .contentNeighbour(let named, cosine) = chooser.claim(numbers) else { return false }
      return named.title == "T9"
    }
    // The past items carry a quarter, which is as much as a cosine of a half.
    #expect(isNeighbour(0.6))
    #expect(!isNeighbour(0.5))
    numbers.pastItems = []
    #expect(isNeighbour(0.5))
    #expect(!isNeighbour(0.49))
    let shown = numbers.evidence(maximum: 3, first: nil)
    #expect(shown.map(\.kind) == [.contentNeighbour] && shown.first?.value == 0.49)
    _ = isNeighbour(0.9)
    #expect(ClaimChooser(maximumEvidence: 0).claim(numbers) == nil)
  }

  @Test func whatWasPutThereSaysSo() {
    var numbers = numbers([10, 9, 8])
    let chooser = ClaimChooser(maximumEvidence: 3)
    numbers.propensity = 0.05
    #expect(chooser.claim(numbers) == .exploration(probability: 0.05))
    numbers.ruleID = "spring"
    #expect(chooser.claim(numbers) == .rule(id: "spring"))
    #expect(
      numbers.evidence(maximum: 2, first: .rule(id: "spring")).map(\.kind) == [.rule, .exploration])
  }

  @Test func theStrongestPartsOfARankersScore() {
    let parts = RankerParts(
      row: [0.5, -2, 0, .nan, 1, 0.25], names: ["a", "b", "c", "d", "e"], most: 2)
    #expect(parts.parts.map(\.feature) == ["b", "e"])
    let whole = RankerParts(row: [0.5, -2, 1], names: ["a", "b"], most: 9)
    #expect(whole.score == -0.5)
    #expect(whole.parts.map(\.value) == [-2, 0.5])
  }
}
