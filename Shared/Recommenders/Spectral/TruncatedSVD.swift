import Foundation
import LinearAlgebra
import Models
import RecommendationCore

/// The largest singular values of a sparse matrix and their right vectors, by random projection and subspace
/// iteration (Halko, Martinsson, Tropp 2011).
struct TruncatedSVD {
  /// Largest first.
  let values: [Float]
  /// A row a column of the matrix, a column a singular value.
  let rightVectors: Matrix

  /// Takes a matrix apart, on all cores.
  ///
  /// O(passes · (entries + columns · rank) · rank); memory (rows + columns) · rank values. The same on any
  /// number of threads.
  ///
  /// - Parameters:
  ///   - rank: values wanted; fewer come where the matrix has fewer that matter.
  ///   - passes: rounds of the iteration; singular values close to the last one wanted come out the better,
  ///     the more there are.
  ///   - shouldContinue: asked before each round, with its number.
  init(
    _ matrix: SparseRows, transposed: SparseRows, rank: Int, passes: Int = 5, seed: UInt64,
    threads: Int?, shouldContinue: (Int) -> Bool = { _ in true }
  ) throws {
    let (rows, columns) = (matrix.rowCount, matrix.columnCount)
    let rank = min(rank, rows, columns)
    // More than wanted, so that the last wanted ones are right too.
    let width = min(rank + max(8, rank / 8), rows, columns)
    var basis = Matrix(rows: columns, columns: width)
    var image = Matrix(rows: rows, columns: width)
    guard width > 0 else {
      values = []
      rightVectors = basis
      return
    }
    Self.fillNormal(&basis, seed: seed)
    for pass in 0..<max(1, passes) {
      guard shouldContinue(pass) || pass == 0 else { break }
      Self.multiply(matrix, basis, into: &image, threads)
      Self.multiply(transposed, image, into: &basis, threads)
      try Self.orthonormalize(&basis, threads)
    }
    Self.multiply(matrix, basis, into: &image, threads)
    var gram = [Float](repeating: 0, count: width * width)
    let isFinite = image.withUnsafeValues { values in
      values.baseAddress.map {
        Orthonormal.gram($0, rows: rows, columns: width, threads: threads, into: &gram)
      } ?? true
    }
    guard isFinite, let square = Matrix(rows: width, columns: width, values: gram),
      let eigen = SymmetricEigen(square)
    else {
      throw RecommenderError(.numericFailure, "the decomposition met a value that is not finite")
    }
    // What is beneath the noise of single precision is no direction of the matrix.
    let floor = 2e-3 * max(0, eigen.values.first ?? 0).squareRoot()
    let singular = eigen.values.prefix(rank).map { max(0, $0).squareRoot() }
    let kept = singular.prefix { $0 > floor && $0 > 0 }.count
    values = Array(singular.prefix(kept))
    rightVectors = Self.rotated(basis, eigen.vectors, kept, threads)
  }

  private static func multiply(
    _ left: SparseRows, _ right: Matrix, into result: inout Matrix, _ threads: Int?
  ) {
    let width = right.columns
    result.withUnsafeMutableValues { target in
      right.withUnsafeValues { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        left.multiply(source, width: width, into: target, threads: threads)
      }
    }
  }

  private static func orthonormalize(_ matrix: inout Matrix, _ threads: Int?) throws {
    let (rows, columns) = (matrix.rows, matrix.columns)
    let isDone = matrix.withUnsafeMutableValues { values in
      values.baseAddress.map {
        Orthonormal.columns($0, rows: rows, columns: columns, threads: threads)
      } ?? true
    }
    guard isDone else {
      throw RecommenderError(.numericFailure, "the decomposition met a value that is not finite")
    }
  }

  /// `basis * transpose(first rows of vectors)`.
  private static func rotated(
    _ basis: Matrix, _ vectors: Matrix, _ kept: Int, _ threads: Int?
  ) -> Matrix {
    var result = Matrix(rows: basis.rows, columns: kept)
    let (rows, width) = (basis.rows, basis.columns)
    guard kept > 0 else { return result }
    result.withUnsafeMutableValues { target in
      basis.withUnsafeValues { basis in
        vectors.withUnsafeValues { vectors in
          guard let target = target.baseAddress, let basis = basis.baseAddress,
            let vectors = vectors.baseAddress
          else { return }
          // Safe: threads write to rows of their own.
          nonisolated(unsafe) let (to, from, turn) = (target, basis, vectors)
          ParallelRows(threads: threads, blockSize: 512).run(count: rows) { _, range in
            Kernels.multiplyByTransposed(
              from + range.lowerBound * width, leftRows: range.count, turn, rightRows: kept,
              columns: width, into: to + range.lowerBound * kept)
          }
        }
      }
    }
    return result
  }

  private static func fillNormal(_ matrix: inout Matrix, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    matrix.withUnsafeMutableValues { values in
      // Box and Muller, two at a time.
      for place in stride(from: 0, to: values.count, by: 2) {
        let radius = sqrtf(
          -2 * logf(Float.random(in: Float.leastNormalMagnitude..<1, using: &generator)))
        let angle = Float.random(in: 0..<(2 * Float.pi), using: &generator)
        values[place] = radius * cosf(angle)
        if place + 1 < values.count { values[place + 1] = radius * sinf(angle) }
      }
    }
  }
}
