import LinearAlgebra
import Models

/// Sums by column where only some of many columns are touched: one row of a sparse product.
///
/// Cleared by what was touched, so that a row costs what it visits. One row at a time, on one thread.
final class RowAccumulator {
  private let sums: UnsafeMutablePointer<Float>
  private let touchedColumns: UnsafeMutablePointer<Int32>
  private(set) var touchedCount = 0

  init(columnCount: Int) {
    sums = .allocate(capacity: max(1, columnCount))
    sums.initialize(repeating: 0, count: max(1, columnCount))
    // One more than there are columns: a column is written before it is known whether it is new.
    touchedColumns = .allocate(capacity: columnCount + 1)
  }

  deinit {
    sums.deallocate()
    touchedColumns.deallocate()
  }

  /// Adds a value that is not below zero to some columns, all below the column count.
  func add(_ value: Float, to columns: UnsafeBufferPointer<Int32>) {
    var touched = touchedCount
    for column in columns {
      let before = sums[Int(column)]
      let after = before + value
      sums[Int(column)] = after
      touchedColumns[touched] = column
      touched &+= before == 0 && after != 0 ? 1 : 0
    }
    touchedCount = touched
  }

  /// Adds a value that is not below zero to a column.
  @inline(__always)
  func add(_ value: Float, to column: Int32) {
    let before = sums[Int(column)]
    let after = before + value
    sums[Int(column)] = after
    touchedColumns[touchedCount] = column
    touchedCount &+= before == 0 && after != 0 ? 1 : 0
  }

  /// Hands out each touched column with its sum and forgets all.
  func drain(_ body: (_ column: Int32, _ sum: Float) -> Void) {
    for index in 0..<touchedCount {
      let column = touchedColumns[index]
      let sum = sums[Int(column)]
      sums[Int(column)] = 0
      body(column, sum)
    }
    touchedCount = 0
  }
}

extension SparseRows {
  /// Makes a matrix row by row on all cores, keeping the best entries of each row.
  ///
  /// Memory: what is kept, and a dense row a thread. The same on any number of threads.
  ///
  /// - Parameters:
  ///   - kept: entries kept in a row; equal values by column, lowest first.
  ///   - sum: adds up a row.
  ///   - value: what a sum means at a place; entries of zero or less are left out.
  static func bestEntries(
    rowCount: Int, columnCount: Int, kept: Int, threads: Int?,
    sum: @Sendable (_ row: Int, _ into: RowAccumulator) -> Void,
    value: @Sendable (_ row: Int, _ column: Int32, _ sum: Float) -> Float
  ) -> SparseRows {
    let blockSize = 32
    let lists = ParallelParts<[(columns: [Int32], values: [Float])]>()
    ParallelRows(threads: threads, blockSize: blockSize).run(count: rowCount) { _, rows in
      let sums = RowAccumulator(columnCount: columnCount)
      let selector = TopKSelector(capacity: min(kept, columnCount))
      lists.add(
        rows.map { row in
          sum(row, sums)
          sums.drain { column, sum in
            let value = value(row, column, sum)
            if value > 0 { selector.offer(value, row: column) }
          }
          let best = selector.drained()
          let order = best.rows.indices.sorted { best.rows[$0] < best.rows[$1] }
          return (order.map { best.rows[$0] }, order.map { best.scores[$0] })
        }, at: rows.lowerBound)
    }
    var starts = [0]
    var (columns, values): ([Int32], [Float]) = ([], [])
    for part in lists.inOrder() {
      for row in part {
        columns += row.columns
        values += row.values
        starts.append(columns.count)
      }
    }
    return SparseRows(starts: starts, columns: columns, values: values, columnCount: columnCount)
  }
}
