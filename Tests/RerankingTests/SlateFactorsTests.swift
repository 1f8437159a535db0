import Foundation
import RecommendationCore
import Testing

@testable import Reranking

@Suite struct SlateFactorsTests {
  @Test("freshness halves by half-life, and weight says how far it counts")
  func freshness() {
    #expect(Freshness.factor(ageDays: 0, halfLifeDays: 30, weight: 1) == 1)
    #expect(abs(Freshness.factor(ageDays: 60, halfLifeDays: 30, weight: 1) - 0.25) < 1e-6)
    #expect(abs(Freshness.factor(ageDays: 30, halfLifeDays: 30, weight: 0.5) - 0.75) < 1e-6)
    #expect(Freshness.factor(ageDays: nil, halfLifeDays: 30, weight: 0.4) == 0.6)
    #expect(Freshness.factor(ageDays: -5, halfLifeDays: 30, weight: 1) == 1)
    #expect(Freshness.factor(ageDays: 1e9, halfLifeDays: 30, weight: 0) == 1)
  }

  @Test(
    "popularity counts by its logarithm, most for the most popular, and not where it is unknown")
  func popularity() {
    let factors = PopularityBias.factors(
      logCounts: [0, 1, 2, .nan], weight: 0.5)
    #expect(factors[0] == 1)
    #expect(abs(factors[1] - 0.75) < 1e-6)
    #expect(abs(factors[2] - 0.5) < 1e-6)
    #expect(factors[3] == 1)
    #expect(PopularityBias.factors(logCounts: [0, .nan, .infinity], weight: 1) == [1, 1, 1])
  }

  @Test("unexpectedness is one less the weighted mean similarity to what the user knows")
  func unexpectedness() {
    var problems = RandomProblems(seed: 41)
    for _ in 0..<200 {
      let (candidates, history) = (problems.int(1...10), problems.int(0...30))
      let groups = problems.groups(candidates + history, of: 4)
      let known = (0..<history).map { _ in Float(problems.int(-1...3)) }
      let factors = Unexpectedness.factors(
        candidates: candidates, groups: groups, firstKnown: candidates, known: known,
        weight: 0.8)
      let similarity = SetSimilarity(groups)
      let total = known.reduce(0) { $0 + max(0, $1) }
      for candidate in 0..<candidates {
        let mean =
          total == 0
          ? 0
          : (0..<history).reduce(Float(0)) {
            $0 + max(0, known[$1]) * similarity.similarity(candidate, candidates + $1)
          } / total
        #expect(abs(factors[candidate] - (1 - 0.8 * mean)) < 1e-5)
      }
    }
  }

  @Test("factors turn the order, and the cost in relevance is told")
  func order() {
    var problem = SlateProblem(
      items: (1...3).map { ItemID(rawValue: $0) }, relevance: [3, 2, 1], count: 2)
    problem.factors = [0.2, 1, 1]
    let choice = MMRSelector(strength: 0).select(problem)
    #expect(choice.indices == [1, 0])
    #expect(choice.relevanceKept == 1)
    problem.count = 1
    #expect(MMRSelector(strength: 0).select(problem).relevanceKept == 0.5)
  }
}
