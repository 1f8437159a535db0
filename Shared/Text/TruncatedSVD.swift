import Foundation
import LinearAlgebra
import RecommendationCore

/// The directions along which sparse rows spread most: latent semantic analysis (Deerwester et al. 1990) by a
/// randomised singular value decomposition (Halko, Martinsson, Tropp 2011, algorithms 4.4 and 5.1).
public enum TruncatedSVD {
  /// How it is done.
  public struct Configuration: Sendable, Equatable {
    /// Directions wanted.
    public var rank: Int
    /// Directions more while searching, which make the wanted ones exact.
    public var oversampling = 10
    /// Passes over the rows and back; two do for text.
    public var iterations = 2
    /// Equal seeds give equal directions.
    public var seed: UInt64 = 1

    /// Settings.
    public init(rank: Int) { self.rank = rank }
  }

  /// The right singular vectors, largest singular value first: a row a direction, a column a column of the
  /// rows. Fewer than wanted where the rows span fewer directions.
  ///
  /// O(iterations · entries · rank + (rows + columns) · rank²).
  ///
  /// - Parameter columnCount: every row's columns are below it.
  public static func fit(
    _ rows: [TermVectorizer.SparseVector], columnCount: Int, configuration: Configuration
  ) -> Matrix {
    let wanted = min(configuration.rank, rows.count, columnCount)
    let width = min(wanted + max(0, configuration.oversampling), rows.count, columnCount)
    guard wanted > 0 else { return Matrix(rows: 0, columns: columnCount) }
    var random = SeededGenerator(seed: configuration.seed)
    // A column of the test matrix is a row here: what is worked on lies together in memory.
    var right = Matrix(rows: columnCount, columns: width)
    for row in 0..<columnCount {
      for column in 0..<width { right[row, column] = normal(&random) }
    }
    var left = orthonormal(product(rows, right))
    for _ in 0..<max(0, configuration.iterations) {
      right = orthonormal(transposedProduct(rows, left, columnCount: columnCount))
      left = orthonormal(product(rows, right))
    }
    // B = transpose(left) · rows is small in one extent: its Gram matrix has the singular values.
    let small = transposedProduct(rows, left, columnCount: columnCount)
    guard let eigen = SymmetricEigen(small.gram()) else {
      return Matrix(rows: 0, columns: columnCount)
    }
    let strongest = eigen.values.first ?? 0
    let kept = (0..<wanted).prefix { eigen.values[$0] > strongest * 1e-6 }
    var directions = Matrix(rows: kept.count, columns: columnCount)
    for direction in kept {
      let scale = 1 / eigen.values[direction].squareRoot()
      let vector = Array(eigen.vectors.row(direction))
      for column in 0..<columnCount {
        var sum: Float = 0
        for (index, value) in small.row(column).enumerated() { sum += value * vector[index] }
        directions[direction, column] = sum * scale
      }
    }
    return directions
  }

  /// `rows · right`.
  private static func product(_ rows: [TermVectorizer.SparseVector], _ right: Matrix) -> Matrix {
    let width = right.columns
    var result = Matrix(rows: rows.count, columns: width)
    result.withUnsafeMutableValues { target in
      right.withUnsafeValues { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        for (index, row) in rows.enumerated() {
          for (column, value) in zip(row.columns, row.values) {
            Kernels.add(
              source + Int(column) * width, scale: value, to: target + index * width, count: width)
          }
        }
      }
    }
    return result
  }

  /// `transpose(rows) · left`.
  private static func transposedProduct(
    _ rows: [TermVectorizer.SparseVector], _ left: Matrix, columnCount: Int
  ) -> Matrix {
    let width = left.columns
    var result = Matrix(rows: columnCount, columns: width)
    result.withUnsafeMutableValues { target in
      left.withUnsafeValues { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        for (index, row) in rows.enumerated() {
          for (column, value) in zip(row.columns, row.values) {
            Kernels.add(
              source + index * width, scale: value, to: target + Int(column) * width, count: width)
          }
        }
      }
    }
    return result
  }

  /// Columns of length 1 at right angles that span what the given ones do, by modified Gram-Schmidt done
  /// twice (Giraud et al. 2005); columns that the others span already become zeros.
  private static func orthonormal(_ matrix: Matrix) -> Matrix {
    let (rows, columns) = (matrix.rows, matrix.columns)
    var turned = matrix.transposed()
    turned.withUnsafeMutableValues { values in
      guard let base = values.baseAddress else { return }
      for column in 0..<columns {
        let vector = base + column * rows
        let before = Kernels.dot(vector, vector, count: rows).squareRoot()
        for _ in 0..<2 {
          for other in 0..<column {
            let direction = base + other * rows
            Kernels.add(
              direction, scale: -Kernels.dot(direction, vector, count: rows), to: vector,
              count: rows)
          }
        }
        let length = Kernels.dot(vector, vector, count: rows).squareRoot()
        Kernels.scale(vector, by: length > before * 1e-5 ? 1 / length : 0, count: rows)
      }
    }
    return turned.transposed()
  }

  /// A standard normal number (Box and Muller 1958).
  private static func normal(_ random: inout SeededGenerator) -> Float {
    let one = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random)
    let other = Double.random(in: 0..<1, using: &random)
    return Float((-2 * log(one)).squareRoot() * cos(2 * .pi * other))
  }
}

extension Matrix {
  /// Rows for columns. O(rows · columns).
  fileprivate func transposed() -> Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }
}
