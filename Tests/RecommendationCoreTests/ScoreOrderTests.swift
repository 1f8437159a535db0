import RecommendationCore
import Testing

@Suite("The order of scores")
struct ScoreOrderTests {
  /// As it is defined: by comparison, stable.
  private func expected(_ scores: [Float]) -> [Int32] {
    scores.indices.sorted { left, right in
      let (first, second) = (scores[left], scores[right])
      if first.isFinite, !second.isFinite { return true }
      if first.isFinite, second.isFinite, first != second { return first > second }
      let isLess = !first.isFinite && second.isFinite
      return !isLess && left < right
    }.map { Int32($0) }
  }

  @Test("is that of a stable comparison sort", arguments: [0, 1, 2, 63, 64, 65, 500, 3000])
  func random(count: Int) {
    var random = SeededGenerator(seed: UInt64(count) + 1)
    for round in 0..<20 {
      let scores = (0..<count).map { _ -> Float in
        switch Int.random(in: 0..<10, using: &random) {
        case 0: [Float.nan, .infinity, -.infinity, 0, -0.0].randomElement(using: &random) ?? 0
        case 1, 2: Float(Int.random(in: -3...3, using: &random))
        default:
          Float.random(in: -1...1, using: &random)
            * (round < 10 ? 1 : Float.greatestFiniteMagnitude)
        }
      }
      let isRight = ScoreOrder.bestFirst(scores) == expected(scores)
      #expect(isRight)
      let sorted = ScoreOrder.bestFirst(scores).map { scores[Int($0)] }
      #expect(ScoreOrder.isBestFirst(sorted))
    }
  }

  @Test("says when scores are not in order")
  func unsorted() {
    #expect(ScoreOrder.isBestFirst([3, 2, 2, -1, .nan, .infinity]))
    #expect(!ScoreOrder.isBestFirst([1, 2]))
    #expect(!ScoreOrder.isBestFirst([.nan, 2]))
    #expect(ScoreOrder.isBestFirst([0, -0.0, 0]))
  }
}
