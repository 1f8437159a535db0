import LinearAlgebra
import RecommendationCore
import Testing

@Suite struct KernelsTests {
  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    var matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      for column in 0..<columns { matrix[row, column] = .random(in: -1...1, using: &generator) }
    }
    return matrix
  }

  private func doubles(_ matrix: Matrix) -> [[Double]] {
    (0..<matrix.rows).map { matrix.row($0).map(Double.init) }
  }

  private func expectClose(_ actual: [Float], _ expected: [Double], _ tolerance: Double = 1e-4) {
    #expect(actual.count == expected.count)
    for (left, right) in zip(actual, expected) {
      #expect(abs(Double(left) - right) <= tolerance * max(1, abs(right)))
    }
  }

  private static let shapes = [(1, 1, 1), (3, 5, 2), (17, 33, 9), (64, 64, 64), (100, 7, 31)]

  @Test(arguments: shapes)
  func matrixProductsEqualTheReference(_ rows: Int, _ inner: Int, _ columns: Int) {
    let left = random(rows, inner, seed: 1)
    let right = random(inner, columns, seed: 2)
    let expected = ReferenceKernels.product(doubles(left), doubles(right)).flatMap { $0 }
    var actual = [Float](repeating: .nan, count: rows * columns)
    Kernels.multiply(
      left.values, leftRows: rows, inner: inner, right.values, rightColumns: columns, into: &actual)
    expectClose(actual, expected)
    let turned = ReferenceKernels.transposed(doubles(right)).flatMap { $0.map { Float($0) } }
    actual = [Float](repeating: .nan, count: rows * columns)
    Kernels.multiplyByTransposed(
      left.values, leftRows: rows, turned, rightRows: columns, columns: inner, into: &actual)
    expectClose(actual, expected)
  }

  @Test(arguments: shapes)
  func vectorProductsEqualTheReference(_ rows: Int, _ columns: Int, _ seed: Int) {
    let matrix = random(rows, columns, seed: UInt64(seed))
    let wide = random(1, columns, seed: 4)
    let tall = random(rows, 1, seed: 5)
    var result = [Float](repeating: .nan, count: rows)
    Kernels.multiply(
      matrix.values, rows: rows, columns: columns, vector: wide.values, into: &result)
    let column = ReferenceKernels.transposed(doubles(wide))
    expectClose(result, ReferenceKernels.product(doubles(matrix), column).flatMap { $0 })
    var turned = [Float](repeating: 1, count: columns)
    Kernels.multiplyTransposed(
      matrix.values, rows: rows, columns: columns, vector: tall.values, scale: 2, keeping: 3,
      into: &turned)
    let expected = ReferenceKernels.product(
      ReferenceKernels.transposed(doubles(matrix)), doubles(tall))
    expectClose(turned, expected.map { 2 * $0[0] + 3 })
  }

  @Test func dotAndAddEqualTheReference() {
    let left = random(1, 37, seed: 6)
    let right = random(1, 37, seed: 7)
    let expected = zip(left.values, right.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    expectClose([Kernels.dot(left.values, right.values, count: 37)], [expected])
    var sum = left.values
    Kernels.add(right.values, scale: -2, to: &sum, count: 37)
    expectClose(sum, zip(left.values, right.values).map { Double($0) - 2 * Double($1) })
  }

  @Test(arguments: shapes)
  func gramEqualsTheReference(_ rows: Int, _ columns: Int, _ seed: Int) {
    let matrix = random(rows, columns, seed: UInt64(seed))
    let rowsOfDoubles = doubles(matrix)
    let expected = ReferenceKernels.product(
      ReferenceKernels.transposed(rowsOfDoubles), rowsOfDoubles)
    expectClose(matrix.gram().values, expected.flatMap { $0 })
  }

  @Test(arguments: [1, 2, 7, 64])
  func choleskySolvesWhatEliminationSolves(_ size: Int) {
    let source = random(size + 5, size, seed: UInt64(size))
    var matrix = source.gram()
    for index in 0..<size { matrix[index, index] += 1 }
    let first = random(1, size, seed: 11).values
    let second = random(1, size, seed: 12).values
    var solutions = first + second
    let isPositive = matrix.withUnsafeMutableValues { values in
      values.baseAddress.map { Kernels.factorize($0, size: size) } ?? false
    }
    #expect(isPositive)
    Kernels.solve(matrix.values, size: size, rightHandSides: &solutions, count: 2)
    var whole = source.gram()
    for index in 0..<size { whole[index, index] += 1 }
    let expected =
      ReferenceKernels.solve(doubles(whole), first.map(Double.init))
      + ReferenceKernels.solve(doubles(whole), second.map(Double.init))
    expectClose(solutions, expected)
  }

  @Test func aMatrixThatIsNotPositiveDefiniteIsRefused() {
    var indefinite: [Float] = [1, 2, 2, 1]
    #expect(!Kernels.factorize(&indefinite, size: 2))
    var broken: [Float] = [.nan, 0, 0, 1]
    #expect(!Kernels.factorize(&broken, size: 2))
  }

  @Test func rowsAreNormalizedAndZeroOrBrokenRowsBecomeZero() {
    let matrix = Matrix(rows: 3, columns: 2, values: [3, 4, 0, 0, .infinity, 1])
    #expect(matrix?.rowsNormalized().values == [0.6, 0.8, 0, 0, 0, 0])
    #expect(Matrix(rows: 2, columns: 2, values: [1]) == nil)
  }
}
