import LinearAlgebra
import RecommendationCore
import Testing

@Suite struct TopKSelectorTests {
  private func best(_ scores: [Float], _ count: Int) -> [Int32] {
    let selector = TopKSelector(capacity: count)
    scores.withUnsafeBufferPointer { selector.offer($0, firstRow: 0) }
    return selector.drained().rows
  }

  @Test func selectionEqualsAFullSort() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      let count = Int.random(in: 0...60, using: &generator)
      // Few different values, so that ties are common.
      let scores = (0..<count).map { _ in Float(Int.random(in: -4...4, using: &generator)) }
      let wanted = Int.random(in: 0...20, using: &generator)
      #expect(best(scores, wanted) == ReferenceKernels.best(scores, wanted))
    }
  }

  @Test func tiesBreakByRowEvenWhenRowsComeOutOfOrder() {
    let selector = TopKSelector(capacity: 2)
    for row in [5, 1, 9, 0] as [Int32] { selector.offer(1, row: row) }
    #expect(selector.drained().rows == [0, 1])
  }

  @Test func scoresThatAreNotFiniteAreNeverKept() {
    #expect(best([.nan, 1, .infinity, 2, -.infinity], 5) == [3, 1])
    #expect(best([3, 2, 1, .nan, .infinity, -.infinity, .nan], 2) == [0, 1])
  }

  @Test func aSelectorIsEmptyAfterDrainingAndServesAgain() {
    let selector = TopKSelector(capacity: 3)
    for row in 0..<10 as Range<Int32> { selector.offer(Float(row), row: row) }
    #expect(selector.threshold == 7)
    let kept = selector.drained()
    #expect(kept.rows == [9, 8, 7])
    #expect(kept.scores == [9, 8, 7])
    #expect(selector.count == 0)
    selector.offer(1, row: 4)
    #expect(selector.drained().rows == [4])
  }

  @Test func nothingFitsIntoASelectorOfNone() {
    #expect(best([1, 2, 3], 0).isEmpty)
  }
}
