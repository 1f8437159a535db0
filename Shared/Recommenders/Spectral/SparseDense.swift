import LinearAlgebra
import Models

extension SparseRows {
  /// The product with a dense matrix of as many rows as this has columns, on all cores.
  ///
  /// O(entries · width). The same on any number of threads.
  ///
  /// - Parameters:
  ///   - dense: `columnCount * width` values, row by row.
  ///   - result: `rowCount * width` values; all are written.
  func multiply(
    _ dense: UnsafePointer<Float>, width: Int, into result: UnsafeMutablePointer<Float>,
    threads: Int?
  ) {
    // Safe: threads write to rows of their own.
    nonisolated(unsafe) let (dense, result) = (dense, result)
    ParallelRows(threads: threads, blockSize: 64).run(count: rowCount) { _, rows in
      columns.withUnsafeBufferPointer { columns in
        values.withUnsafeBufferPointer { values in
          for row in rows {
            let target = result + row * width
            target.update(repeating: 0, count: width)
            for entry in range(row) {
              Kernels.add(
                dense + Int(columns[entry]) * width, scale: values[entry], to: target, count: width)
            }
          }
        }
      }
    }
  }

  /// The same matrix with each entry times a factor of its row and one of its column.
  func scaled(rows: [Float], columns factors: [Float]) -> SparseRows {
    var scaled = values
    for row in 0..<rowCount {
      for entry in range(row) { scaled[entry] *= rows[row] * factors[Int(columns[entry])] }
    }
    return SparseRows(starts: starts, columns: columns, values: scaled, columnCount: columnCount)
  }
}
