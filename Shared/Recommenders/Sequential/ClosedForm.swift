import LinearAlgebra
import Models

/// The solution of a least-squares problem between items in which no item may foretell itself.
enum ClosedForm {
  /// Share of entries from which on a dense product is the faster one.
  private static let denseShare = 0.03

  /// Replaces the inverse P by `(P C - P diag(y)) diag(factors)`, with y such that the diagonal is zero.
  ///
  /// O(items · entries of C), or O(items³) at the speed of dense products where C has many.
  ///
  /// - Parameters:
  ///   - aims: C, a row an item of the history.
  ///   - factors: of each target.
  static func solve(
    inverse: inout Matrix, aims: SparseRows, factors: [Float], threads: Int?
  ) {
    let size = inverse.rows
    let dense = densified(aims)
    let turned = aims.transposed()
    inverse.withUnsafeMutableValues { values in
      guard let start = values.baseAddress else { return }
      // Safe: a row of the result depends on the same row of the inverse only, and on the diagonals, which
      // are taken out before.
      nonisolated(unsafe) let base = start
      let diagonal = (0..<size).map { item -> Float in
        var sum: Float = 0
        for entry in turned.range(item) {
          sum += base[item * size + Int(turned.columns[entry])] * turned.values[entry]
        }
        return sum / base[item * size + item]
      }
      let blockSize = 64
      ParallelRows(threads: threads, blockSize: blockSize).run(count: size) { _, rows in
        let product = UnsafeMutablePointer<Float>.allocate(capacity: blockSize * size)
        defer { product.deallocate() }
        multiply(base + rows.lowerBound * size, rows.count, aims, dense, into: product)
        for (place, row) in rows.enumerated() {
          let (target, source) = (base + row * size, product + place * size)
          for column in 0..<size {
            target[column] =
              (source[column] - target[column] * diagonal[column]) * factors[column]
          }
          target[row] = 0
        }
      }
    }
  }

  private static func multiply(
    _ left: UnsafePointer<Float>, _ rows: Int, _ right: SparseRows, _ dense: Matrix?,
    into product: UnsafeMutablePointer<Float>
  ) {
    let size = right.columnCount
    if let dense {
      dense.withUnsafeValues { values in
        guard let values = values.baseAddress else { return }
        Kernels.multiply(
          left, leftRows: rows, inner: size, values, rightColumns: size, into: product)
      }
      return
    }
    product.update(repeating: 0, count: rows * size)
    right.columns.withUnsafeBufferPointer { columns in
      right.values.withUnsafeBufferPointer { values in
        for inner in 0..<size {
          let range = right.range(inner)
          for row in 0..<rows {
            let (factor, target) = (left[row * size + inner], product + row * size)
            for entry in range { target[Int(columns[entry])] += factor * values[entry] }
          }
        }
      }
    }
  }

  /// The matrix with all its zeros, where it has few.
  private static func densified(_ rows: SparseRows) -> Matrix? {
    let size = rows.columnCount
    guard Double(rows.columns.count) > denseShare * Double(size) * Double(size) else { return nil }
    var matrix = Matrix(rows: size, columns: size)
    matrix.withUnsafeMutableValues { target in
      for row in 0..<size {
        for entry in rows.range(row) {
          target[row * size + Int(rows.columns[entry])] = rows.values[entry]
        }
      }
    }
    return matrix
  }
}
