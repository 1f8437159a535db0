import Foundation
import LinearAlgebra
import Models
import Testing

@testable import Recommenders

@Suite struct SpectralRecommenderTests {
  private func dense(_ rows: SparseRows) -> [[Double]] {
    (0..<rows.rowCount).map { row in
      var line = [Double](repeating: 0, count: rows.columnCount)
      for entry in rows.range(row) { line[Int(rows.columns[entry])] = Double(rows.values[entry]) }
      return line
    }
  }

  private func product(_ left: [[Double]], _ right: [[Double]]) -> [[Double]] {
    var result = [[Double]](
      repeating: [Double](repeating: 0, count: right[0].count), count: left.count)
    for row in left.indices {
      for inner in right.indices {
        for column in right[0].indices {
          result[row][column] += left[row][inner] * right[inner][column]
        }
      }
    }
    return result
  }

  private func transposed(_ matrix: [[Double]]) -> [[Double]] {
    (0..<matrix[0].count).map { column in matrix.map { $0[column] } }
  }

  @Test func singularVectorsOfAKnownMatrix() throws {
    // Two blocks without a common row or column: 3 × 2 and 2 × 2 of ones, so 6 and 4 are the squares.
    let matrix = SparseRows(
      rows: [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], columns: [0, 1, 0, 1, 0, 1, 2, 3, 2, 3],
      weights: [Float](repeating: 1, count: 10), rowCount: 5, columnCount: 4)
    let found = try TruncatedSVD(
      matrix, transposed: matrix.transposed(), rank: 4, seed: 1, threads: 2)
    // The matrix has rank 2: what is noise is left out.
    #expect(found.values.count == 2)
    #expect(abs(found.values[0] - Float(6).squareRoot()) < 1e-4)
    #expect(abs(found.values[1] - 2) < 1e-4)
    for item in 0..<4 {
      let expected: Float = item < 2 ? Float(0.5).squareRoot() : 0
      #expect(abs(abs(found.rightVectors[item, 0]) - expected) < 1e-3)
    }
  }

  @Test func leadingValuesOfARandomMatrixAgreeWithItsGram() throws {
    let feedback = try RandomFeedback.make(users: 300, items: 120, perUser: 20, seed: 8)
    let found = try TruncatedSVD(
      feedback.byUser, transposed: feedback.byItem, rank: 10, passes: 12, seed: 1, threads: 2)
    let rows = dense(feedback.byUser)
    let gram = product(transposed(rows), rows)
    let square = try #require(
      Matrix(rows: 120, columns: 120, values: gram.flatMap { $0.map(Float.init) }))
    let eigen = try #require(SymmetricEigen(square))
    for place in 0..<10 {
      #expect(abs(found.values[place] - eigen.values[place].squareRoot()) < 2e-2)
    }
    let again = try TruncatedSVD(
      feedback.byUser, transposed: feedback.byItem, rank: 10, passes: 12, seed: 1, threads: 1)
    let isSame = again.rightVectors == found.rightVectors
    #expect(isSame)
  }

  /// With all singular vectors the filter is exact: held to dense matrices.
  @Test(arguments: [0.0, 1.5]) func scoresAgreeWithDenseMatrices(_ sharpening: Double) throws {
    let feedback = try RandomFeedback.make(users: 40, items: 14, perUser: 6, seed: 2)
    let values = try SettingValues(
      SpectralRecommender.settings, shape: feedback.shape,
      replacing: [
        "factors": "14", "ideal": "0.4", "sharpening": "\(sharpening)", "users-exponent": "0.5",
        "items-exponent": "0.5", "popularity": "0.5",
      ])
    let model = try SpectralRecommender(values).fit(feedback, context: FitContext(threads: 2))
    let asked = AskedHistories(feedback.histories, areLearned: true)
    let scores = try FittedScores.all(model, asked, itemCount: 14)

    let counts: [Double] = (0..<14).map { max(1, Double(feedback.byItem.range($0).count)) }
    let lengths: [Double] = (0..<40).map { max(1, Double(feedback.byUser.range($0).count)) }
    let normalized = feedback.byUser.scaled(
      rows: lengths.map { Float(1 / $0.squareRoot()) },
      columns: counts.map { Float(1 / $0.squareRoot()) })
    let p = product(transposed(dense(normalized)), dense(normalized))
    // All singular vectors that are not noise: the projection on what any user reaches.
    let vectors = try TruncatedSVD(
      normalized, transposed: normalized.transposed(), rank: 14, seed: 1, threads: 2
    ).rightVectors
    var filter = p
    for row in 0..<14 {
      for column in 0..<14 {
        let factor: Double = 0.4 * (counts[column] / counts[row]).squareRoot()
        for place in 0..<vectors.columns {
          let both = Double(vectors[row, place] * vectors[column, place])
          filter[row][column] += factor * both
        }
      }
    }
    var (power, sum) = (filter, filter)
    for order in 1...4 {
      power = product(power, p)
      for row in 0..<14 {
        for column in 0..<14 {
          power[row][column] *= -sharpening / Double(order)
          sum[row][column] += power[row][column]
        }
      }
    }
    let plain = dense(feedback.byUser)
    var largest: Double = 0
    for user in 0..<40 where !feedback.histories[user].isEmpty {
      let expected = product([plain[user]], sum)[0]
      for item in 0..<14 {
        largest = max(largest, abs(expected[item] - Double(scores[user][item])))
      }
    }
    #expect(largest < 2e-3)
  }

  @Test(arguments: ["spectral", "pure-svd"]) func anythingIsAnswered(_ name: String) throws {
    // Users and items without an entry, fewer of both than factors.
    let feedback = try Feedback(
      histories: Histories([[], [0, 1], [1]], isOrdered: false), itemCount: 4)
    let kind = try #require(RecommenderKinds.named(name))
    let values = try SettingValues(
      kind.settings, shape: feedback.shape, replacing: ["factors": "1"])
    let model = try kind.init(values).fit(feedback, context: FitContext())
    let rows = try FittedScores.all(
      model, AskedHistories(feedback.histories, areLearned: true), itemCount: 4)
    #expect(rows.allSatisfy { $0.allSatisfy(\.isFinite) })
    #expect(rows[0][1] > rows[0][0] && rows[0][0] > rows[0][2])
    // Who took item 1 gets item 0, which another took with it.
    #expect(rows[2][0] > rows[2][2])
    let nothing = try Feedback(histories: Histories([[]], isOrdered: false), itemCount: 2)
    _ = try kind.init(values).fit(nothing, context: FitContext())
  }
}
