import Foundation
import RecommendationCore
import Testing

@testable import Reranking

@Suite struct CalibrationTests {
  /// KL(p || q') of a slate, from the paper's definitions alone.
  private func divergence(_ slate: [Int], _ groups: ItemGroups, target: [Double]) -> Double {
    let kept = slate.filter { !groups[$0].isEmpty }
    var sum = 0.0
    for (group, p) in target.enumerated() where p > 0 {
      let q = kept.reduce(0.0) { sum, index in
        let own = groups[index]
        return sum + (own.contains(UInt32(group)) ? 1 / Double(own.count) : 0)
      }
      let mixed = 0.99 * (kept.isEmpty ? 0 : q / Double(kept.count)) + 0.01 * p
      sum += p * log(p / mixed)
    }
    return sum
  }

  @Test("the greedy choice is that of the definition")
  func reference() {
    var problems = RandomProblems(seed: 31)
    for _ in 0..<200 {
      var problem = problems.problem(candidates: 2...15, count: 1...8)
      let groups = problems.groups(problem.items.count, of: 6, most: 4)
      let mass = (0..<6).map { _ in Double(problems.int(0...4)) }
      let weight = Double(problems.int(1...9)) / 10
      guard let calibration = SlateCalibration(weight: weight, mass: mass, groups: groups) else {
        #expect(mass.allSatisfy { $0 == 0 })
        continue
      }
      problem.similarity = nil
      problem.calibration = calibration
      let target = calibration.target
      let relevance = problem.normalised(problem.relevance)
      func value(_ slate: [Int], _ index: Int) -> Double {
        (1 - weight) * Double(relevance[index])
          - weight * divergence(slate + [index], groups, target: target)
      }
      let choice = MMRSelector(strength: 0).select(problem).indices
      for place in choice.indices {
        let slate = Array(choice[..<place])
        let best =
          problem.items.indices.filter { !slate.contains($0) }
          .map { value(slate, $0) }.max() ?? 0
        #expect(abs(value(slate, choice[place]) - best) < 1e-6)
      }
    }
  }

  @Test("a user of two tastes gets both, in their proportion")
  func proportion() {
    // 70 % of the history is group 0, 30 % group 1; relevance alone would give group 0 only.
    let groups = ItemGroups((0..<40).map { [UInt32($0 / 20)] })
    var problem = SlateProblem(
      items: (1...40).map { ItemID(rawValue: $0) }, relevance: (0..<40).map { Float(40 - $0) },
      count: 10)
    problem.calibration = SlateCalibration(weight: 0.99, mass: [7, 3], groups: groups)
    let choice = MMRSelector(strength: 0).select(problem)
    #expect(choice.indices.count { $0 < 20 } == 7)
    #expect(choice.relevanceKept < 1)
  }

  @Test("without a history there is nothing to follow")
  func unknownUser() {
    let groups = ItemGroups([[0], [1]])
    #expect(SlateCalibration(weight: 0.5, mass: [], groups: groups) == nil)
    #expect(SlateCalibration(weight: 0, mass: [1], groups: groups) == nil)
    #expect(SlateCalibration(weight: 0.5, mass: [.infinity], groups: groups) == nil)
  }

  @Test("group numbers far apart are numbered anew, and mean the same")
  func sparseGroups() {
    let sparse = ItemGroups([[5, 4_000_000], [4_000_000], [], [77, 5]])
    #expect(sparse.groupCount == 3)
    #expect(sparse[0].count == 2)
    #expect(sparse[0].last == sparse[1].first)
    #expect(sparse[0].first == sparse[3].last)
    #expect(sparse[2].isEmpty)
  }
}
