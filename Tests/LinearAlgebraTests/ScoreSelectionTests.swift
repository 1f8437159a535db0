import LinearAlgebra
import RecommendationCore
import Testing

@Suite struct ScoreSelectionTests {
  private func best(_ scores: [Float], _ count: Int, _ selection: ScoreSelection) -> [Int32] {
    var rows: [Int32] = []
    scores.withUnsafeBufferPointer { scores in
      selection.select(scores, count: count) { row, score in
        #expect(score == scores[Int(row)])
        rows.append(row)
      }
    }
    return rows
  }

  @Test func selectionEqualsAFullSort() {
    var generator = SeededGenerator(seed: 6)
    let selection = ScoreSelection()
    let kinds: [(inout SeededGenerator) -> Float] = [
      { .random(in: -1...1, using: &$0) },
      { Float(Int.random(in: -3...3, using: &$0)) },
      { .random(in: -1...1, using: &$0) * .random(in: 0...1e30, using: &$0) },
      { [Float.nan, .infinity, -.infinity, 0, -0.0, 1].randomElement(using: &$0) ?? 0 },
      { _ in 0.25 },
      { .random(in: 0...1, using: &$0) < 0.01 ? 1e6 : .random(in: 0...1e-6, using: &$0) },
    ]
    for round in 0..<600 {
      let count = Int.random(in: 0...400, using: &generator)
      let kind = kinds[round % kinds.count]
      let scores = (0..<count).map { _ in kind(&generator) }
      let wanted = Int.random(in: 0...80, using: &generator)
      #expect(best(scores, wanted, selection) == ReferenceKernels.best(scores, wanted))
    }
  }

  @Test func theWholeRangeOfFloatsCanBeOrdered() {
    let scores: [Float] = [
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, .leastNonzeroMagnitude, 1, -1,
      -.leastNonzeroMagnitude,
    ]
    #expect(best(scores, 4, ScoreSelection()) == [0, 4, 3, 2])
    #expect(best(scores, 9, ScoreSelection()) == [0, 4, 3, 2, 6, 5, 1])
  }
}
