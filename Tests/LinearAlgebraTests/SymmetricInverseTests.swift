import RecommendationCore
import Testing

@testable import LinearAlgebra

@Suite struct SymmetricInverseTests {
  /// A symmetric matrix with a heavy diagonal.
  private func matrix(_ size: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    var matrix = Matrix(rows: size, columns: size)
    for row in 0..<size {
      for column in row..<size {
        let value = Float.random(in: -1...1, using: &generator)
        matrix[row, column] = value
        matrix[column, row] = value
      }
      matrix[row, row] += Float(size).squareRoot() * 3
    }
    return matrix
  }

  private func inverted(_ matrix: Matrix, threads: Int) -> Matrix? {
    var result = matrix
    // What lies under the diagonal must not be read.
    for row in 0..<matrix.rows { for column in 0..<row { result[row, column] = .nan } }
    let isDone = result.withUnsafeMutableValues { values in
      values.baseAddress.map {
        SymmetricInverse.invert($0, size: matrix.rows, threads: threads)
      } ?? true
    }
    return isDone ? result : nil
  }

  @Test(arguments: [1, 2, 7, 255, 256, 257, 600])
  func timesTheMatrixIsOne(_ size: Int) throws {
    let matrix = matrix(size, seed: UInt64(size))
    let inverse = try #require(inverted(matrix, threads: 2))
    let whole = inverse.withUnsafeValues { left in
      matrix.withUnsafeValues { right -> [Float] in
        var product = [Float](repeating: 0, count: size * size)
        guard let left = left.baseAddress, let right = right.baseAddress else { return [] }
        Kernels.multiply(
          left, leftRows: size, inner: size, right, rightColumns: size, into: &product)
        return product
      }
    }
    var largest: Float = 0
    for place in whole.indices {
      largest = max(largest, abs(whole[place] - (place % (size + 1) == 0 ? 1 : 0)))
    }
    #expect(largest < 1e-4)
    let isSame = inverted(matrix, threads: 1) == inverse
    #expect(isSame)
  }

  @Test func notPositiveDefiniteIsRefused() {
    var matrix = matrix(300, seed: 1)
    matrix[280, 280] = -1
    #expect(inverted(matrix, threads: 2) == nil)
    matrix[280, 280] = .nan
    #expect(inverted(matrix, threads: 2) == nil)
  }

  @Test func endsWhenToldTo() {
    var matrix = matrix(300, seed: 1)
    let isDone = matrix.withUnsafeMutableValues { values in
      values.baseAddress.map { SymmetricInverse.invert($0, size: 300) { _ in false } } ?? true
    }
    #expect(!isDone)
  }

  @Test func columnsBecomeOrthonormalAndKeepTheirSpan() {
    var generator = SeededGenerator(seed: 5)
    let (rows, columns) = (1500, 12)
    var matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns {
        // Columns of very different lengths.
        matrix[row, column] =
          Float.random(in: -1...1, using: &generator) * (column % 3 == 0 ? 50 : 1)
      }
    }
    var turned = matrix
    let isDone = turned.withUnsafeMutableValues { values in
      values.baseAddress.map {
        Orthonormal.columns($0, rows: rows, columns: columns, threads: 2)
      } ?? false
    }
    #expect(isDone)
    let gram = turned.gram()
    var largest: Float = 0
    for row in 0..<columns {
      for column in 0..<columns {
        largest = max(largest, abs(gram[row, column] - (row == column ? 1 : 0)))
      }
    }
    #expect(largest < 1e-4)
    // The first column keeps its direction; the last is what the others leave plus a share of them.
    let length = (0..<rows).reduce(Float(0)) { $0 + matrix[$1, 0] * matrix[$1, 0] }.squareRoot()
    let cosine = (0..<rows).reduce(Float(0)) { $0 + matrix[$1, 0] / length * turned[$1, 0] }
    #expect(abs(cosine - 1) < 1e-3)
    let last = (0..<rows).map { matrix[$0, 11] }
    var rest = last
    for column in 0..<columns {
      let share = (0..<rows).reduce(Float(0)) { $0 + last[$1] * turned[$1, column] }
      for row in 0..<rows { rest[row] -= share * turned[row, column] }
    }
    #expect(rest.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot() < 1e-2)
  }

  @Test func blockKernelsAgreeWithPlainLoops() {
    var generator = SeededGenerator(seed: 9)
    let (stride, inner, rows, columns) = (11, 5, 4, 3)
    let left = (0..<inner * stride).map { _ in Float.random(in: -1...1, using: &generator) }
    let right = (0..<inner * stride).map { _ in Float.random(in: -1...1, using: &generator) }
    var result = [Float](repeating: 0.5, count: rows * stride)
    Kernels.addProductOfTransposed(
      left, leftStride: stride, right, rightStride: stride, inner: inner, rows: rows,
      columns: columns, scale: -2, to: &result, resultStride: stride)
    var largest: Float = 0
    for row in 0..<rows {
      for column in 0..<stride {
        var expected: Float = 0.5
        if column < columns {
          for place in 0..<inner {
            expected -= 2 * left[place * stride + row] * right[place * stride + column]
          }
        }
        largest = max(largest, abs(expected - result[row * stride + column]))
      }
    }
    #expect(largest < 1e-5)

    // Rows times an upper triangle, divided by it again.
    let factor: [Float] = [2, 1, -1, 9, 3, 0.5, 9, 9, 4]
    let wanted: [Float] = [1, 2, 3, -1, 0.5, 2]
    var product = [Float](repeating: 0, count: 6)
    for row in 0..<2 {
      for column in 0..<3 {
        for place in 0...column {
          product[row * 3 + column] += wanted[row * 3 + place] * factor[place * 3 + column]
        }
      }
    }
    Kernels.divideRows(&product, count: 2, byUpper: factor, size: 3)
    #expect(zip(product, wanted).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
