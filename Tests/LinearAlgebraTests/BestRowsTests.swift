import LinearAlgebra
import RecommendationCore
import Testing

@Suite struct BestRowsTests {
  private func best(_ scores: [Float], rows: [Int32]? = nil, _ wanted: Int) -> [Int32] {
    let rows = rows ?? scores.indices.map { Int32($0) }
    return scores.withUnsafeBufferPointer { scores in
      rows.withUnsafeBufferPointer { BestRows.select(scores, rows: $0, wanted: wanted).rows }
    }
  }

  @Test func selectionEqualsAFullSort() {
    var generator = SeededGenerator(seed: 5)
    for round in 0..<300 {
      let count = Int.random(in: 0...400, using: &generator)
      // Ties, then values all over the place, then a few giants among dwarfs, which all fall into one bucket.
      let scores = (0..<count).map { _ -> Float in
        switch round % 3 {
        case 0: Float(Int.random(in: -4...4, using: &generator))
        case 1: Float.random(in: -1...1, using: &generator)
        default:
          Float.random(in: 0...1, using: &generator)
            * (Int.random(in: 0..<50, using: &generator) == 0 ? 1e9 : 1)
        }
      }
      let wanted = Int.random(in: 0...200, using: &generator)
      let isSame = best(scores, wanted) == ReferenceKernels.best(scores, wanted)
      #expect(isSame, "round \(round), \(wanted) of \(count)")
    }
  }

  @Test func tiesBreakByRowEvenWhenRowsComeOutOfOrder() {
    #expect(best([1, 1, 1, 1], rows: [5, 1, 9, 0], 2) == [0, 1])
    #expect(best([-0.0, 0, -0.0], rows: [2, 1, 0], 3) == [0, 1, 2])
  }

  @Test func scoresThatAreNotFiniteAreLeftOut() {
    #expect(best([.nan, 1, .infinity, 2, -.infinity], 5) == [3, 1])
    #expect(best([.nan, .infinity], 5) == [])
  }

  @Test func aRangeThatOverflowsIsSortedAllTheSame() {
    let large = Float.greatestFiniteMagnitude
    #expect(best([-large, 0, large, 1], 3) == [2, 3, 1])
    #expect(best([.leastNonzeroMagnitude, 0], 1) == [0])
  }

  @Test func scoresComeWithTheirRows() {
    let found = ([3, -1, 2] as [Float]).withUnsafeBufferPointer { scores in
      ([7, 8, 9] as [Int32]).withUnsafeBufferPointer {
        BestRows.select(scores, rows: $0, wanted: 2)
      }
    }
    #expect(found.rows == [7, 9])
    #expect(found.scores == [3, 2])
  }
}
