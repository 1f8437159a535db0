import Foundation
import LinearAlgebra
import RecommendationCore
import Testing

@testable import Text

@Suite struct TruncatedSVDTests {
  /// Random rows, and what they are as a matrix.
  private func rows(_ count: Int, columns: Int, rank: Int, seed: UInt64)
    -> ([TermVectorizer.SparseVector], Matrix)
  {
    var random = SeededGenerator(seed: seed)
    var matrix = Matrix(rows: count, columns: columns)
    for direction in 0..<rank {
      // Singular values that fall, as those of texts do.
      let strength = powf(0.7, Float(direction))
      let left = (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
      let right = (0..<columns).map { _ in Float.random(in: -1...1, using: &random) }
      for row in 0..<count {
        for column in 0..<columns { matrix[row, column] += strength * left[row] * right[column] }
      }
    }
    let sparse = (0..<count).map { row in
      TermVectorizer.SparseVector(
        columns: (0..<Int32(columns)).map { $0 }, values: Array(matrix.row(row)))
    }
    return (sparse, matrix)
  }

  private func energy(_ matrix: Matrix, along directions: Matrix) -> Float {
    var sum: Float = 0
    for row in 0..<matrix.rows {
      for direction in 0..<directions.rows {
        let part = zip(matrix.row(row), directions.row(direction)).reduce(0) { $0 + $1.0 * $1.1 }
        sum += part * part
      }
    }
    return sum
  }

  @Test func directionsAreOrthonormalAndAsGoodAsTheExactOnes() throws {
    let (sparse, matrix) = rows(80, columns: 40, rank: 20, seed: 5)
    let found = TruncatedSVD.fit(sparse, columnCount: 40, configuration: .init(rank: 6))
    #expect(found.rows == 6 && found.columns == 40)
    for one in 0..<6 {
      for other in 0..<6 {
        let product = zip(found.row(one), found.row(other)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (one == other ? 1 : 0)) < 1e-3)
      }
    }
    // The exact directions are the eigenvectors of the Gram matrix.
    let exact = try #require(SymmetricEigen(matrix.gram()))
    let best = exact.values.prefix(6).reduce(0, +)
    #expect(energy(matrix, along: found) > 0.999 * best)
    #expect(energy(matrix, along: found) < 1.001 * best)
  }

  @Test func fewerDirectionsWhereThereAreNoMore() {
    let (sparse, _) = rows(30, columns: 20, rank: 3, seed: 9)
    let found = TruncatedSVD.fit(sparse, columnCount: 20, configuration: .init(rank: 8))
    #expect(found.rows == 3)
    #expect(TruncatedSVD.fit([], columnCount: 20, configuration: .init(rank: 8)).rows == 0)
    #expect(
      TruncatedSVD.fit([.init()], columnCount: 0, configuration: .init(rank: 8)).rows == 0)
  }

  @Test func equalSeedsGiveEqualDirections() {
    let (sparse, _) = rows(30, columns: 20, rank: 10, seed: 2)
    let configuration = TruncatedSVD.Configuration(rank: 4)
    let one = TruncatedSVD.fit(sparse, columnCount: 20, configuration: configuration)
    #expect(one == TruncatedSVD.fit(sparse, columnCount: 20, configuration: configuration))
  }
}
