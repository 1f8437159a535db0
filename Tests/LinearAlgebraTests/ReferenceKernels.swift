/// The kernels as plain Swift in 64-bit floats: what the fast ones are held to.
enum ReferenceKernels {
  static func product(_ left: [[Double]], _ right: [[Double]]) -> [[Double]] {
    left.map { row in
      (0..<(right.first?.count ?? 0)).map { column in
        row.indices.reduce(0) { $0 + row[$1] * right[$1][column] }
      }
    }
  }

  static func transposed(_ matrix: [[Double]]) -> [[Double]] {
    (0..<(matrix.first?.count ?? 0)).map { column in matrix.map { $0[column] } }
  }

  /// Gaussian elimination with row exchange.
  static func solve(_ matrix: [[Double]], _ rightHandSide: [Double]) -> [Double] {
    let size = matrix.count
    var rows = zip(matrix, rightHandSide).map { $0 + [$1] }
    for column in 0..<size {
      let pivot = (column..<size).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in (column + 1)..<max(size, column + 1) {
        let factor = rows[row][column] / rows[column][column]
        for index in column...size { rows[row][index] -= factor * rows[column][index] }
      }
    }
    var solution = [Double](repeating: 0, count: size)
    for row in (0..<size).reversed() {
      let known = ((row + 1)..<max(size, row + 1)).reduce(0) { $0 + rows[row][$1] * solution[$1] }
      solution[row] = (rows[row][size] - known) / rows[row][row]
    }
    return solution
  }

  /// Rows of the best scores by a full sort.
  static func best(_ scores: [Float], _ count: Int) -> [Int32] {
    scores.indices.filter { scores[$0].isFinite }
      .sorted { (-scores[$0], $0) < (-scores[$1], $1) }.prefix(count).map { Int32($0) }
  }
}
