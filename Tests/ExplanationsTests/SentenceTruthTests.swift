import Catalogue
import Models
import RecommendationCore
import Testing

@testable import Explanations

/// Reads sentences back and holds each against the numbers, which are computed here once more.
@Suite struct SentenceTruthTests {
  @Test func everySentenceIsTrueByItsNumbers() throws {
    var counts = [0, 0, 0, 0, 0, 0, 0]
    var rankerPieces = 0
    var neighbours = 0
    for world in 0..<20 {
      var fixture = try ExplanationFixture(seed: UInt64(world))
      let explainer = fixture.explainer()
      for _ in 0..<100 {
        let history = fixture.history()
        let entries = fixture.entries()
        let maximum = Int.random(in: 1...6, using: &fixture.generator)
        let reasons = try explainer.reasons(entries, history: history, maximumEvidence: maximum)
        #expect(reasons.count == entries.count)
        for (entry, reason) in zip(entries, reasons) {
          #expect(reason.evidence.count <= maximum)
          try checkCommon(reason, entry, &rankerPieces)
          neighbours += try checkNeighbours(reason, entry, history, fixture)
          if !entry.ruleID.isEmpty {
            counts[4] += 1
            #expect(reason.text == "Placed here by a rule of this service (\(entry.ruleID))")
            #expect(reason.evidence.first?.kind == .rule)
            #expect(reason.evidence.first?.name == entry.ruleID)
          } else if entry.propensity > 0 {
            counts[5] += 1
            try checkExploration(reason, entry)
          } else if reason.text.hasPrefix("Because you ") {
            counts[0] += 1
            try checkPastItems(reason, entry, history, fixture)
          } else if reason.text.hasPrefix("Similar to ") {
            counts[6] += 1
            try checkNeighbour(reason, entry, history, fixture)
          } else if reason.text.hasPrefix("Fits your taste for ") {
            counts[1] += 1
            try checkTaste(reason, entry, history, fixture)
          } else if reason.text.hasPrefix("Popular right now: ") {
            counts[2] += 1
            try checkTrending(reason, entry, fixture)
          } else {
            counts[3] += 1
            #expect(reason.text.isEmpty)
            #expect(reason.claim == nil)
          }
        }
      }
    }
    // 10,000 sentences of all kinds were looked at.
    #expect(counts.reduce(0, +) == 10_000)
    #expect(counts.allSatisfy { $0 > 100 })
    #expect(rankerPieces > 1_000)
    #expect(neighbours > 1_000)
  }

  /// What holds for all evidence: kinds that nothing bears do not occur, and the ranker's parts are as given.
  private func checkCommon(
    _ reason: Reason, _ entry: Explainer.Entry, _ rankerPieces: inout Int
  ) throws {
    for piece in reason.evidence {
      switch piece.kind {
      case .rule: #expect(piece.name == entry.ruleID && !entry.ruleID.isEmpty)
      case .exploration: #expect(piece.value == entry.propensity && entry.propensity > 0)
      case .rankerFeature:
        rankerPieces += 1
        let part = try #require(entry.rankerParts.parts.first { $0.feature == piece.name })
        #expect(piece.value == part.value)
        #expect(piece.total == entry.rankerParts.score)
      case .contentNeighbour, .pastItem, .sharedAttribute, .trending: break
      }
    }
    let sizes = reason.evidence.filter { $0.kind == .rankerFeature }.map { abs($0.value) }
    #expect(sizes == sizes.sorted(by: >))
  }

  private func checkExploration(_ reason: Reason, _ entry: Explainer.Entry) throws {
    // "Shown to learn whether you like it (drawn with a chance of 5 %)"
    #expect(reason.text.hasPrefix("Shown to learn whether you like it (drawn with a chance of "))
    let number = reason.text.split(separator: " ").dropLast().last ?? ""
    let percent = entry.propensity * 100
    if number.hasPrefix("<") {
      #expect(percent < 0.1)
    } else {
      let told = try #require(Double(number))
      #expect(abs(told - percent) <= (percent < 1 ? 0.051 : 0.5 + 1e-9))
      #expect(told > 0)
    }
    #expect(reason.evidence.first?.kind == .exploration)
  }

  private func checkPastItems(
    _ reason: Reason, _ entry: Explainer.Entry, _ history: History, _ fixture: ExplanationFixture
  ) throws {
    #expect(entry.sources.contains("als"))
    let explanation = try #require(
      try fixture.model.contributions(history, items: [entry.item]).first)
    let parts = Dictionary(
      uniqueKeysWithValues: explanation.contributions.map { ($0.item, $0.value) })
    // "Because you liked Item 3 and Item 4 and watched Item 9"
    let words = reason.text.split { " ,".contains($0) }.map(String.init)
    var verb = ""
    var named: [ItemID] = []
    for (place, word) in words.enumerated() {
      if ["bought", "liked", "watched", "looked"].contains(word) { verb = word }
      guard word == "Item" else { continue }
      let item = ItemID(external: "item-\(words[place + 1])")
      named.append(item)
      let index = try #require(history.items.firstIndex(of: item))
      let weight = history.weights[index]
      switch verb {
      case "bought": #expect(weight >= 1.5)
      case "liked": #expect(weight >= 1)
      case "watched": #expect(weight >= 0.5)
      default: #expect(weight > 0)
      }
      #expect((parts[item] ?? 0) > 0)
    }
    #expect((1...3).contains(named.count))
    #expect(Set(named).count == named.count)
    #expect(!named.contains(entry.item))
    #expect(explanation.score > 0)
    let positive = parts.values.filter { $0 > 0 }.reduce(0) { $0 + Double($1) }
    let share = named.reduce(0) { $0 + Double(parts[$1] ?? 0) } / positive
    #expect(share >= 0.2 - 1e-6)
    for item in named {
      let shown = try #require(reason.evidence.first { $0.item == item })
      #expect(shown.kind == .pastItem)
      #expect(abs(shown.value - Double(parts[item] ?? 0)) < 1e-6)
      #expect(abs(shown.total - Double(explanation.score)) < 1e-6)
    }
  }

  /// Every neighbour that is shown is the nearest of the latest likes, and as near as is said.
  ///
  /// - Returns: how many there are.
  private func checkNeighbours(
    _ reason: Reason, _ entry: Explainer.Entry, _ history: History, _ fixture: ExplanationFixture
  ) throws -> Int {
    let pieces = reason.evidence.filter { $0.kind == .contentNeighbour }
    guard let piece = pieces.first else { return 0 }
    #expect(pieces.count == 1)
    #expect(entry.sources.contains("content"))
    #expect(piece.name == "content" && piece.total == 0)
    let item = try #require(piece.item)
    #expect(item != entry.item)
    #expect(abs(piece.value - fixture.cosine(item, entry.item)) < 1e-5)
    #expect(piece.value >= 0.3 && piece.value <= 1)
    let least: Float = history.weights.contains { $0 >= 1 } ? 1 : .leastNonzeroMagnitude
    let likes = history.items.indices.filter { history.weights[$0] >= least }
      .map { history.items[$0] }
    #expect(likes.contains(item))
    let others = likes.filter { $0 != entry.item }
    #expect(others.allSatisfy { fixture.cosine($0, entry.item) <= piece.value + 1e-5 })
    return 1
  }

  private func checkNeighbour(
    _ reason: Reason, _ entry: Explainer.Entry, _ history: History, _ fixture: ExplanationFixture
  ) throws {
    // "Similar to Item 3, which you liked (0.62)"
    let words = reason.text.split { " ,()".contains($0) }.map(String.init)
    #expect(words.prefix(3) == ["Similar", "to", "Item"])
    let item = ItemID(external: "item-\(words[3])")
    let index = try #require(history.items.firstIndex(of: item))
    let weight = history.weights[index]
    switch words[6] {
    case "bought": #expect(weight >= 1.5)
    case "liked": #expect(weight >= 1)
    case "watched": #expect(weight >= 0.5)
    default: #expect(words[6...7] == ["looked", "at"] && weight > 0)
    }
    let told = try #require(words.last.flatMap(Double.init))
    let cosine = fixture.cosine(item, entry.item)
    #expect(abs(told - cosine) <= 0.005 + 1e-5)
    #expect(cosine >= 0.5 - 1e-5)
    let shown = try #require(reason.evidence.first)
    #expect(shown.kind == .contentNeighbour && shown.item == item)
  }

  private func checkTaste(
    _ reason: Reason, _ entry: Explainer.Entry, _ history: History, _ fixture: ExplanationFixture
  ) throws {
    // "Fits your taste for Drama and War: 14 of your last 40 likes"
    let halves = reason.text.dropFirst("Fits your taste for ".count).split(separator: ":")
    let categories = halves[0].split(separator: " ").map(String.init).filter { $0 != "and" }
    let numbers = halves[1].split(separator: " ").compactMap { Int($0) }
    #expect(numbers.count == 2)
    let own = fixture.catalogue.item(entry.item)?.categories ?? []
    #expect(Set(categories).isSubset(of: own))
    let basis = history.items.indices.filter {
      history.weights[$0] >= (reason.text.hasSuffix("likes") ? 1 : .leastNonzeroMagnitude)
    }
    let shared = basis.filter {
      let other = fixture.catalogue.item(history.items[$0])?.categories ?? []
      return Set(categories).isSubset(of: other)
    }
    #expect(numbers == [shared.count, basis.count])
    #expect(shared.count >= 3)
    let shown = try #require(reason.evidence.first)
    #expect(shown.kind == .sharedAttribute)
    #expect(shown.value == Double(shared.count))
    #expect(shown.total == Double(basis.count))
  }

  private func checkTrending(
    _ reason: Reason, _ entry: Explainer.Entry, _ fixture: ExplanationFixture
  ) throws {
    let numbers = reason.text.split(separator: " ").compactMap { Int($0) }
    let own = try #require(fixture.trending.scores.score(of: entry.item))
    let better = fixture.items.count { (fixture.trending.scores.score(of: $0) ?? 0) > own }
    #expect(numbers == [better + 1, fixture.items.count])
    #expect(numbers[0] <= 6)
    #expect(reason.evidence.first?.kind == .trending)
    #expect(reason.evidence.first?.value == Double(own))
  }
}
