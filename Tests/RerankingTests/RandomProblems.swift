import RecommendationCore

@testable import Reranking

/// Small slates to be made, at random and repeatable.
struct RandomProblems {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func int(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }

  /// Groups of so many items, `most` at most each, of so many.
  mutating func groups(_ count: Int, of total: Int, most: Int = 3) -> ItemGroups {
    ItemGroups(
      (0..<count).map { _ in
        let size = int(0...most)
        return Set((0..<size).map { _ in UInt32(int(0...total - 1)) }).sorted()
      })
  }

  /// Candidates with falling relevance, some of it equal, and items before them.
  mutating func problem(
    candidates: ClosedRange<Int> = 1...12, count: ClosedRange<Int> = 1...6, before: Int = 0,
    groupCount: Int = 5
  ) -> SlateProblem {
    let size = int(candidates)
    let relevance = (0..<size).map { _ in Float(int(0...20)) / 4 }.sorted(by: >)
    let groups = groups(size + before, of: groupCount)
    return SlateProblem(
      items: (1...size).map { ItemID(rawValue: UInt64($0)) }, relevance: relevance,
      count: int(count), similarity: SetSimilarity(groups), before: before)
  }
}
