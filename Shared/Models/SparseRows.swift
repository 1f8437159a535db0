/// A sparse matrix in compressed rows (CSR). Columns rise within a row.
public struct SparseRows: Sendable, Equatable {
  /// Row r's entries are `starts[r] ..< starts[r + 1]`.
  public let starts: [Int]
  /// Column of each entry.
  public let columns: [Int32]
  /// Value of each entry.
  public let values: [Float]
  /// Number of columns of the matrix.
  public let columnCount: Int

  /// Number of rows.
  public var rowCount: Int { starts.count - 1 }

  /// The entries of a row.
  public func range(_ row: Int) -> Range<Int> { starts[row]..<starts[row + 1] }

  /// The columns of a row's entries.
  public func columns(ofRow row: Int) -> ArraySlice<Int32> { columns[range(row)] }

  /// A matrix from its parts; `starts` has one entry more than there are rows and begins with 0.
  public init(starts: [Int], columns: [Int32], values: [Float], columnCount: Int) {
    self.starts = starts
    self.columns = columns
    self.values = values
    self.columnCount = columnCount
  }

  /// Sorts entries into rows; entries with a negative row are left out; of several entries at one place
  /// the largest counts. O(entries + rows + columns).
  public init(
    rows: [Int32], columns: [Int32], weights: [Float], rowCount: Int, columnCount: Int
  ) {
    // Two counting sorts, by column and then by row: stable, so that columns rise within a row.
    let byColumn = Self.stableOrder(
      of: rows.indices.filter { rows[$0] >= 0 }, by: columns, count: columnCount)
    let order = Self.stableOrder(of: byColumn, by: rows, count: rowCount)
    var starts = [Int](repeating: 0, count: rowCount + 1)
    var kept = (columns: [Int32](), values: [Float]())
    kept.columns.reserveCapacity(order.count)
    kept.values.reserveCapacity(order.count)
    var (lastRow, lastColumn) = (Int32(-1), Int32(-1))
    for entry in order {
      if rows[entry] == lastRow, columns[entry] == lastColumn {
        let place = kept.values.count - 1
        kept.values[place] = max(kept.values[place], weights[entry])
      } else {
        (lastRow, lastColumn) = (rows[entry], columns[entry])
        kept.columns.append(lastColumn)
        kept.values.append(weights[entry])
        starts[Int(lastRow) + 1] += 1
      }
    }
    for row in 0..<rowCount { starts[row + 1] += starts[row] }
    self.init(
      starts: starts, columns: kept.columns, values: kept.values, columnCount: columnCount)
  }

  /// The same entries, by column. O(entries + rows + columns).
  public func transposed() -> SparseRows {
    var starts = [Int](repeating: 0, count: columnCount + 1)
    for column in columns { starts[Int(column) + 1] += 1 }
    for column in 0..<columnCount { starts[column + 1] += starts[column] }
    var next = starts
    var turned = [Int32](repeating: 0, count: columns.count)
    var turnedValues = [Float](repeating: 0, count: columns.count)
    for row in 0..<rowCount {
      for entry in range(row) {
        let column = Int(columns[entry])
        turned[next[column]] = Int32(truncatingIfNeeded: row)
        turnedValues[next[column]] = values[entry]
        next[column] += 1
      }
    }
    return SparseRows(
      starts: starts, columns: turned, values: turnedValues, columnCount: rowCount)
  }

  private static func stableOrder(of entries: [Int], by keys: [Int32], count: Int) -> [Int] {
    var next = [Int](repeating: 0, count: count + 1)
    for entry in entries { next[Int(keys[entry]) + 1] += 1 }
    for key in 0..<count { next[key + 1] += next[key] }
    var order = [Int](repeating: 0, count: entries.count)
    for entry in entries {
      let key = Int(keys[entry])
      order[next[key]] = entry
      next[key] += 1
    }
    return order
  }
}
