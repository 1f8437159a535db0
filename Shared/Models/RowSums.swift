import Synchronization

/// Sums by row where only some of many rows are touched: what a search over neighbours adds up in.
///
/// Dense, so that adding costs one step in memory; cleared by what was touched, so that a search costs what
/// it visits and not what there is. One search at a time.
final class RowSums {
  private let sums: UnsafeMutablePointer<Float>
  private let rowCount: Int
  /// Rows that were added to, each once, in the order of the first time.
  private(set) var touched: [Int32] = []

  init(rowCount: Int) {
    self.rowCount = rowCount
    sums = .allocate(capacity: max(1, rowCount))
    sums.initialize(repeating: 0, count: max(1, rowCount))
  }

  deinit { sums.deallocate() }

  /// Adds to a row's sum. The value must be above zero: a sum of zero means untouched.
  @inline(__always)
  func add(_ value: Float, row: Int32) {
    let place = Int(row)
    if sums[place] == 0 { touched.append(row) }
    sums[place] += value
  }

  /// A row's sum.
  subscript(row: Int32) -> Float { sums[Int(row)] }

  /// Makes all sums zero again. O(touched rows).
  func clear() {
    for row in touched { sums[Int(row)] = 0 }
    touched.removeAll(keepingCapacity: true)
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
