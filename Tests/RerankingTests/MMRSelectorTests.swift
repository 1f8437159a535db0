import RecommendationCore
import Testing

@testable import Reranking

@Suite struct MMRSelectorTests {
  /// A random problem; every tenth relevance is no finite number, many are equal.
  private func problem(
    _ generator: inout SeededGenerator, caps: Bool = false
  ) -> SlateProblem {
    let count = Int.random(in: 0...40, using: &generator)
    let items = (0..<count).map { _ in ItemID(rawValue: generator.next()) }
    let relevance = items.map { _ -> Float in
      switch Int.random(in: 0..<20, using: &generator) {
      case 0: .nan
      case 1: [Float.infinity, -.infinity].randomElement(using: &generator) ?? 0
      default: Float(Int.random(in: -5...5, using: &generator))
      }
    }
    let sets = items.map { _ in
      (0..<Int.random(in: 0...3, using: &generator)).map { _ in
        UInt32.random(in: 0..<80, using: &generator)
      }
    }
    let groups = items.map { _ in [UInt32.random(in: 0..<4, using: &generator)] }
    return SlateProblem(
      items: items, relevance: relevance, count: Int.random(in: 0...25, using: &generator),
      similarity: SetSimilarity(sets),
      caps: caps ? [SlateCap(name: "maker", maximum: 3, groups: ItemGroups(groups))] : [])
  }

  @Test func nothingIsLostAndNothingComesTwice() {
    var generator = SeededGenerator(seed: 1)
    for round in 0..<2_000 {
      let problem = problem(&generator, caps: round.isMultiple(of: 2))
      let strength = Double.random(in: 0...1, using: &generator)
      let choice = MMRSelector(strength: strength).select(problem)
      #expect(choice.indices.count == problem.count)
      #expect(Set(choice.indices).count == choice.indices.count)
      #expect(choice.indices.allSatisfy(problem.items.indices.contains))
      #expect((0...1).contains(choice.relevanceKept))
      #expect((0...1).contains(choice.distanceAfter))
    }
  }

  @Test func strengthZeroIsTheOrderOfRelevance() {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<500 {
      let problem = problem(&generator)
      let choice = MMRSelector(strength: 0).select(problem)
      #expect(
        choice.indices == Array(SlateProblem.order(by: problem.relevance).prefix(problem.count)))
      #expect(choice.relevanceKept == 1)
      #expect(choice.distanceAfter == choice.distanceBefore)
    }
  }

  @Test func noSlotBreaksACapWhileAnotherCandidateWouldNot() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<1_000 {
      let problem = problem(&generator, caps: true)
      let choice = MMRSelector(strength: 0.4).select(problem)
      let groups = problem.items.indices.map { problem.caps[0].groups[$0].first ?? 0 }
      var counts: [UInt32: Int] = [:]
      var relaxed = 0
      for (place, index) in choice.indices.enumerated() {
        let isFull = counts[groups[index], default: 0] >= 3
        if isFull {
          relaxed += 1
          let left = Set(problem.items.indices).subtracting(choice.indices.prefix(place))
          #expect(left.allSatisfy { counts[groups[$0], default: 0] >= 3 })
        }
        counts[groups[index], default: 0] += 1
      }
      #expect(choice.relaxed["maker", default: 0] == relaxed)
    }
  }

  @Test func equalsKeepTheOrderInWhichTheyCame() {
    let problem = SlateProblem(
      items: [9, 3, 7, 1, 5].map { ItemID(rawValue: $0) }, relevance: [0, 0, 2, 0, .nan], count: 5)
    for strength in [0, 0.5, 1] {
      #expect(MMRSelector(strength: strength).select(problem).indices == [2, 0, 1, 3, 4])
    }
  }

  @Test func whatIsNoFiniteNumberComesLast() {
    let problem = SlateProblem(
      items: (1...5).map { ItemID(rawValue: $0) }, relevance: [.nan, 1, .infinity, 2, -.infinity],
      count: 5, similarity: SetSimilarity([[1], [1], [2], [1], [3]]))
    for strength in [0, 0.5, 1] {
      let choice = MMRSelector(strength: strength).select(problem)
      #expect(choice.indices == [3, 1, 0, 2, 4])
    }
  }

  /// The formula written out, without the running maximum.
  private func reference(_ problem: SlateProblem, strength: Float) -> [Int] {
    var remaining = SlateProblem.order(by: problem.relevance)
    var selected: [Int] = []
    var row = [Float](repeating: 0, count: problem.items.count)
    let relevance = problem.normalised(problem.relevance)
    while selected.count < problem.count {
      let scores = remaining.map { index -> Float in
        let own = relevance[index]
        guard own.isFinite else { return -.infinity }
        problem.similarity?.similarities(of: index, into: &row)
        return (1 - strength) * own - strength * (selected.map { row[$0] }.max() ?? 0)
      }
      guard let best = scores.max(), let place = scores.firstIndex(of: best) else { break }
      selected.append(remaining.remove(at: place))
    }
    return selected
  }

  @Test func theFastBodyEqualsTheFormula() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<300 {
      let problem = problem(&generator)
      let strength = Float.random(in: 0...1, using: &generator)
      let choice = MMRSelector(strength: Double(strength)).select(problem)
      #expect(choice.indices == reference(problem, strength: strength))
    }
  }

  @Test func moreStrengthGivesASlateOfMoreKinds() {
    // Three kinds; relevance alone would fill the slate with the first.
    let sets: [[UInt32]] = (0..<30).map { [UInt32($0 / 10)] }
    let problem = SlateProblem(
      items: (1...30).map { ItemID(rawValue: $0) }, relevance: (0..<30).map { Float(100 - $0) },
      count: 6, similarity: SetSimilarity(sets))
    let plain = MMRSelector(strength: 0).select(problem)
    let diverse = MMRSelector(strength: 0.5).select(problem)
    #expect(plain.indices == [0, 1, 2, 3, 4, 5])
    #expect(plain.distanceBefore == 0)
    #expect(Set(diverse.indices.map { $0 / 10 }).count == 3)
    #expect(diverse.distanceAfter > 0.59)
    #expect(diverse.relevanceKept < 1)
    #expect(diverse.relevanceKept > 0.5)
  }
}
