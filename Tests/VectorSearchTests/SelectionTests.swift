import LinearAlgebra
import RecommendationCore
import Testing
import VectorSearch

/// The selection that picks a good part of the rows, reached through vectors of one value.
@Suite struct SelectionTests {
  private func best(_ scores: [Float], _ count: Int) throws -> [Int32] {
    let vectors = try #require(Matrix(rows: scores.count, columns: 1, values: scores))
    let hits = try ExactIndex(vectors).search([1], k: count, filter: nil)
    for hit in hits { #expect(hit.score == scores[Int(hit.row)]) }
    return hits.map(\.row)
  }

  private func reference(_ scores: [Float], _ count: Int) -> [Int32] {
    let rows = scores.indices.filter { scores[$0].isFinite }
      .sorted { (scores[$1], $0) < (scores[$0], $1) }
    return rows.prefix(count).map { Int32($0) }
  }

  @Test func selectionEqualsAFullSort() throws {
    var generator = SeededGenerator(seed: 6)
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
      let wanted = Int.random(in: 3...80, using: &generator)
      #expect(try best(scores, wanted) == reference(scores, wanted))
    }
  }

  @Test func theWholeRangeOfFloatsCanBeOrdered() throws {
    let scores: [Float] = [
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0, .leastNormalMagnitude, 1, -1,
      -.leastNormalMagnitude,
    ]
    #expect(try best(scores, 4) == [0, 4, 3, 2])
    #expect(try best(scores, 9) == [0, 4, 3, 2, 6, 5, 1])
  }
}
