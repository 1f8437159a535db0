import LinearAlgebra
import Synchronization

/// Sums by row where only some of many rows are touched: what a search over neighbours adds up in.
///
/// Dense, so that adding costs one step in memory; cleared by what was touched, so that a search costs what
/// it visits and not what there is. One search at a time.
final class RowSums {
  private let sums: UnsafeMutablePointer<Float>
  private let rowCount: Int
  /// Rows that were added to, each once, in the order of the first time; room for one more than there are.
  private let touchedRows: UnsafeMutablePointer<Int32>
  private var touchedCount = 0
  private var fetched: UInt32 = 0

  init(rowCount: Int) {
    self.rowCount = rowCount
    sums = .allocate(capacity: max(1, rowCount))
    sums.initialize(repeating: 0, count: max(1, rowCount))
    touchedRows = .allocate(capacity: rowCount + 1)
  }

  deinit {
    sums.deallocate()
    touchedRows.deallocate()
  }

  /// Rows that were added to, each once, in the order of the first time; until the next change.
  var touched: UnsafeBufferPointer<Int32> {
    UnsafeBufferPointer(start: touchedRows, count: touchedCount)
  }

  /// Adds to a row's sum. The value must not be below zero: a sum of zero means untouched.
  @inline(__always)
  func add(_ value: Float, row: Int32) {
    touchedCount = add(value, row, touchedCount)
  }

  /// Looks at each line of the memory of a list that will be added. Lists lie far apart: those that are looked at
  /// together come together, while adding waits for one after the other.
  func fetch(_ values: ArraySlice<Float>, _ rows: ArraySlice<Int32>) {
    let line = 16
    var seen = fetched
    values.withUnsafeBufferPointer { values in
      rows.withUnsafeBufferPointer { rows in
        for place in stride(from: 0, to: min(values.count, rows.count), by: line) {
          seen ^= values[place].bitPattern ^ UInt32(bitPattern: rows[place])
        }
      }
    }
    // Kept, so that the looks are not found to be without purpose.
    fetched = seen
  }

  /// Adds a list's values, each times a factor. No product may be below zero, and each row must be one of this.
  func add(_ values: ArraySlice<Float>, times factor: Float, rows: ArraySlice<Int32>) {
    var touched = touchedCount
    values.withUnsafeBufferPointer { values in
      rows.withUnsafeBufferPointer { rows in
        for index in 0..<min(values.count, rows.count) {
          touched = add(factor * values[index], rows[index], touched)
        }
      }
    }
    touchedCount = touched
  }

  /// Whether a row was new is a matter of chance: written always, counted or not, with nothing to guess.
  @inline(__always)
  private func add(_ value: Float, _ row: Int32, _ touched: Int) -> Int {
    let before = sums[Int(row)]
    let after = before + value
    sums[Int(row)] = after
    touchedRows[touched] = row
    return touched &+ (before == 0 && after != 0 ? 1 : 0)
  }

  /// A row's sum.
  subscript(row: Int32) -> Float { sums[Int(row)] }

  /// The best of the touched rows that are allowed.
  func best(_ count: Int, allowed: (Int) -> Bool) -> (rows: [Int32], scores: [Float]) {
    let touched = touched
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: touched.count) { rows in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: touched.count) { scores in
        var kept = 0
        for row in touched where allowed(Int(row)) {
          rows[kept] = row
          scores[kept] = sums[Int(row)]
          kept += 1
        }
        return BestRows.select(
          UnsafeBufferPointer(rebasing: scores[..<kept]),
          rows: UnsafeBufferPointer(rebasing: rows[..<kept]), wanted: count)
      }
    }
  }

  /// Makes all sums zero again. O(touched rows).
  func clear() {
    for row in touched { sums[Int(row)] = 0 }
    touchedCount = 0
  }
}

/// Sums of searches, kept between them.
final class RowSumsPool: Sendable {
  // Sendable by hand: each belongs to one search at a time, handed over through the mutex.
  private struct Kept: @unchecked Sendable { let sums: RowSums }
  private let free = Mutex<[Kept]>([])

  func take(rowCount: Int) -> RowSums {
    free.withLock { $0.popLast() }?.sums ?? RowSums(rowCount: rowCount)
  }

  /// Takes cleared sums back.
  func give(_ sums: RowSums) {
    let kept = Kept(sums: sums)
    free.withLock { $0.append(kept) }
  }
}
