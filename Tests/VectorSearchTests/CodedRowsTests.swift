import LinearAlgebra
import RecommendationCore
import Testing

@testable import VectorSearch

@Suite struct CodedRowsTests {
  private func matrix(_ rows: Int, _ columns: Int, scale: Float, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    var matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      // Rows of very different lengths, one of them zeros.
      let length = row == 3 ? 0 : scale * Float.random(in: 0.01...1, using: &generator)
      for column in 0..<columns {
        matrix[row, column] = length * Float.random(in: -1...1, using: &generator)
      }
    }
    return matrix
  }

  /// Whether all products lie between their bounds, and how wide these are beside the lengths at most.
  private func bounds(_ matrix: Matrix, _ query: [Float]) throws -> (hold: Bool, width: Float) {
    let codes = try #require(CodedRows(matrix))
    var lower = [Float](repeating: .nan, count: codes.paddedRows)
    var upper = lower
    #expect(codes.bounds(query, lower: &lower, upper: &upper))
    var (hold, width) = (true, Float(0))
    let length = query.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for row in 0..<matrix.rows {
      let values = matrix.row(row)
      let product = zip(values, query).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      hold = hold && lower[row] <= product && product <= upper[row]
      let lengths = length * values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if lengths > 0 { width = max(width, (upper[row] - lower[row]) / lengths) }
    }
    return (hold, width)
  }

  @Test(arguments: [(40, 64, 1), (17, 16, 1e6), (33, 37, 1e-6), (16, 3, 1)] as [(Int, Int, Float)])
  func productsLieBetweenTheirBounds(rows: Int, columns: Int, scale: Float) throws {
    var generator = SeededGenerator(seed: 9)
    for seed in 0..<20 {
      let matrix = matrix(rows, columns, scale: scale, seed: UInt64(seed))
      let query = (0..<columns).map { _ in Float.random(in: -2...2, using: &generator) }
      let (hold, width) = try bounds(matrix, query)
      #expect(hold)
      #expect(width < 0.06)
    }
  }

  @Test func whereBoundsWouldNotHoldThereAreNone() throws {
    for bad in [Float.nan, .infinity, 1e20, 1e-20] {
      var matrix = matrix(20, 8, scale: 1, seed: 1)
      for column in 0..<8 { matrix[19, column] = bad }
      #expect(CodedRows(matrix) == nil)
    }
    let codes = try #require(CodedRows(matrix(20, 8, scale: 1, seed: 1)))
    var (lower, upper) = ([Float](repeating: 0, count: 32), [Float](repeating: 0, count: 32))
    #expect(!codes.bounds([Float](repeating: 1e20, count: 8), lower: &lower, upper: &upper))
    #expect(codes.bounds([Float](repeating: 0, count: 8), lower: &lower, upper: &upper))
  }

  @Test(arguments: [1, 50, 200, 500])
  func aSearchByBoundsFindsWhatAFullOneFinds(wanted: Int) throws {
    let matrix = matrix(1_000, 24, scale: 1, seed: 4)
    let index = ExactIndex(matrix)
    var generator = SeededGenerator(seed: 2)
    var filter = RowFilter(rowCount: 1_000, allowingAll: true)
    for row in stride(from: 0, to: 1_000, by: 3) { filter.forbid(row) }
    for _ in 0..<10 {
      let query = (0..<24).map { _ in Float.random(in: -1...1, using: &generator) }
      let scores = (0..<1_000).map { row in
        zip(matrix.row(row), query).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      }
      for filter in [nil, filter] as [RowFilter?] {
        let found = try index.search(query, k: wanted, filter: filter)
        let best = scores.indices.filter { filter?.allows($0) ?? true }
          .sorted { scores[$0] > scores[$1] }.prefix(wanted)
        #expect(found.count == best.count)
        // By score, for sums of another order of terms may swap rows that are nearly equal.
        let isNear = zip(found, best).allSatisfy { abs($0.score - scores[$1]) < 1e-5 }
        let isAllowed = found.allSatisfy { filter?.allows(Int($0.row)) ?? true }
        #expect(isNear && isAllowed)
        #expect(Set(found.map(\.row)).count == found.count)
      }
    }
  }
}
