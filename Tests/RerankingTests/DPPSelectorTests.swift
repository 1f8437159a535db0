import Foundation
import RecommendationCore
import Testing

@testable import Reranking

@Suite struct DPPSelectorTests {
  /// The kernel's similarity, as the selector has it.
  private func entry(_ problem: SlateProblem, _ first: Int, _ second: Int) -> Double {
    guard first != second, let similarity = problem.similarity else { return 1 }
    return Double(1 - DeterminantGains.distinctness) * Double(similarity.similarity(first, second))
  }

  /// The logarithm of the determinant of S over some items, by Gaussian elimination.
  private func logDeterminant(_ problem: SlateProblem, _ items: [Int]) -> Double {
    var rows = items.map { first in items.map { entry(problem, first, $0) } }
    var sum = 0.0
    for pivot in rows.indices {
      let diagonal = rows[pivot][pivot]
      guard diagonal > 0 else { return -.infinity }
      sum += log(diagonal)
      for row in rows.indices where row > pivot {
        let factor = rows[row][pivot] / diagonal
        for column in rows.indices { rows[row][column] -= factor * rows[pivot][column] }
      }
    }
    return sum
  }

  /// What the process maximises, up to a constant: `(1 - s) * sum of relevance + s * log det S`.
  private func objective(_ problem: SlateProblem, _ items: [Int], _ strength: Double) -> Double {
    let relevance = problem.normalised(problem.relevance)
    return (1 - strength) * items.reduce(0) { $0 + Double(relevance[$1]) }
      + strength * logDeterminant(problem, items)
  }

  /// Every set of so many candidates.
  private func subsets(of count: Int, size: Int, from first: Int = 0) -> [[Int]] {
    guard size > 0 else { return [[]] }
    guard first < count else { return [] }
    return (first..<count).flatMap { item in
      subsets(of: count, size: size - 1, from: item + 1).map { [item] + $0 }
    }
  }

  @Test("the incremental factor chooses what determinants written out choose")
  func greedyReference() {
    var problems = RandomProblems(seed: 11)
    for _ in 0..<200 {
      let problem = problems.problem()
      let strength = Double(problems.int(1...9)) / 10
      var expected: [Int] = []
      var gains: [Double] = []
      while expected.count < problem.count {
        let scored = problem.items.indices.filter { !expected.contains($0) }.map {
          ($0, objective(problem, expected + [$0], strength))
        }
        guard let best = scored.max(by: { $0.1 < $1.1 || $0.1 == $1.1 && $0.0 > $1.0 }) else {
          break
        }
        expected.append(best.0)
        gains.append(best.1)
      }
      let choice = DPPSelector(strength: strength).select(problem).indices
      // Equal gains may be told apart by rounding, so the values are compared, not the items.
      for place in choice.indices {
        let own = objective(problem, Array(choice[...place]), strength)
        #expect(abs(own - gains[place]) < 1e-3, "\(choice) \(expected)")
        guard choice[place] == expected[place] else { break }
      }
    }
  }

  @Test("greedy comes close to the exhaustive optimum, and mostly is it")
  func exhaustive() {
    var problems = RandomProblems(seed: 12)
    var optimal = 0
    let rounds = 150
    for _ in 0..<rounds {
      let problem = problems.problem(candidates: 6...10, count: 2...4)
      let strength = 0.5
      let best =
        subsets(of: problem.items.count, size: problem.count)
        .map { objective(problem, $0, strength) }.max() ?? 0
      let choice = DPPSelector(strength: strength).select(problem)
      let own = objective(problem, choice.indices, strength)
      #expect(own <= best + 1e-6)
      // Worst is what relevance alone or any fixed choice gives; greedy must bridge most of the way.
      let least =
        subsets(of: problem.items.count, size: problem.count)
        .map { objective(problem, $0, strength) }.min() ?? 0
      #expect(own - least >= 0.632 * (best - least) - 1e-6)
      if own > best - 1e-4 { optimal += 1 }
    }
    #expect(optimal * 10 >= rounds * 6, "\(optimal) of \(rounds)")
  }

  @Test("strength 0 is the order of relevance")
  func relevanceOnly() {
    var problems = RandomProblems(seed: 13)
    for _ in 0..<100 {
      let problem = problems.problem()
      #expect(
        DPPSelector(strength: 0).select(problem).indices == Array(0..<problem.count))
    }
  }

  @Test("items that stand before the slate count: their like comes later")
  func before() {
    // One item of group 0 was shown; equals of group 0 and 1 are left.
    let groups = ItemGroups([[0], [1], [0], [1], [0]])
    let problem = SlateProblem(
      items: (1...4).map { ItemID(rawValue: $0) }, relevance: [4, 4, 4, 4], count: 1,
      similarity: SetSimilarity(groups), before: 1)
    #expect(DPPSelector(strength: 0.5).select(problem).indices == [1])
    #expect(MMRSelector(strength: 0.5).select(problem).indices == [1])
  }

  @Test("what is no finite number comes last, and nothing is lost")
  func notFinite() {
    var problems = RandomProblems(seed: 14)
    for _ in 0..<200 {
      var problem = problems.problem(candidates: 3...12, count: 3...12)
      problem.relevance[0] = .nan
      problem.relevance[1] = .infinity
      let choice = DPPSelector(strength: 0.7).select(problem)
      #expect(Set(choice.indices).count == problem.count)
      if problem.count == problem.items.count { #expect(Set(choice.indices.suffix(2)) == [0, 1]) }
    }
  }
}
