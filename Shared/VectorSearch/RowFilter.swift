/// Which rows a search may find: one bit a row.
public struct RowFilter: Sendable, Equatable {
  /// Number of rows that it speaks of.
  public private(set) var rowCount: Int
  /// How many rows are allowed.
  public private(set) var allowedCount: Int
  @usableFromInline private(set) var words: [UInt64]

  /// A filter that allows all rows, or none.
  public init(rowCount: Int, allowingAll: Bool) {
    self.rowCount = rowCount
    allowedCount = allowingAll ? rowCount : 0
    words = [UInt64](repeating: allowingAll ? .max : 0, count: (rowCount + 63) / 64)
    // Bits beyond the last row stay clear, so that counting words counts rows.
    if allowingAll, rowCount % 64 != 0 {
      words[words.count - 1] = (1 << UInt64(rowCount % 64)) - 1
    }
  }

  /// Whether a row may be found; rows out of range may not.
  @inlinable
  public func allows(_ row: Int) -> Bool {
    row >= 0 && row < rowCount && words[row >> 6] & (1 << UInt64(row & 63)) != 0
  }

  /// Allows a row; one out of range is left out.
  public mutating func allow(_ row: Int) {
    guard row >= 0, row < rowCount, !allows(row) else { return }
    words[row >> 6] |= 1 << UInt64(row & 63)
    allowedCount += 1
  }

  /// Forbids a row.
  public mutating func forbid(_ row: Int) {
    guard allows(row) else { return }
    words[row >> 6] &= ~(1 << UInt64(row & 63))
    allowedCount -= 1
  }

  /// Forbids all rows that another filter of the same extent forbids. O(rows / 64).
  public mutating func formIntersection(_ other: RowFilter) {
    allowedCount = 0
    for index in words.indices {
      words[index] &= index < other.words.count ? other.words[index] : 0
      allowedCount += words[index].nonzeroBitCount
    }
  }

  /// Adds a row behind the others.
  mutating func append(allowed: Bool) {
    if rowCount % 64 == 0 { words.append(0) }
    rowCount += 1
    if allowed { allow(rowCount - 1) }
  }

  /// The filter over the first rows alone. O(rows / 64).
  func prefix(_ count: Int) -> RowFilter {
    guard count < rowCount else { return self }
    var result = RowFilter(rowCount: count, allowingAll: false)
    let last = result.words.count - 1
    for index in result.words.indices {
      result.words[index] = words[index]
      if index == last, count % 64 != 0 { result.words[index] &= (1 << UInt64(count % 64)) - 1 }
      result.allowedCount += result.words[index].nonzeroBitCount
    }
    return result
  }

  /// Whether all rows are allowed.
  public var isUnrestricted: Bool { allowedCount == rowCount }

  /// Lends the words of a filter, one bit a row; nil where there is no filter.
  static func withBitmap(of filter: RowFilter?, _ body: (UnsafePointer<UInt64>?) -> Void) {
    guard let filter else { return body(nil) }
    filter.words.withUnsafeBufferPointer { body($0.baseAddress) }
  }

  /// Memory of the bits.
  var byteCount: Int { words.count * 8 }

  /// Calls the body for each allowed row, in order.
  public func forEachAllowed(_ body: (Int) -> Void) {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        body(index << 6 | rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
  }

  /// Calls the body for each row that is not allowed, in order.
  public func forEachForbidden(_ body: (Int) -> Void) {
    for (index, word) in words.enumerated() {
      var rest = ~word
      while rest != 0 {
        let row = index << 6 | rest.trailingZeroBitCount
        if row < rowCount { body(row) }
        rest &= rest - 1
      }
    }
  }

  /// Share of rows that are allowed; 1 when there are no rows.
  public var selectivity: Double {
    rowCount == 0 ? 1 : Double(allowedCount) / Double(rowCount)
  }
}
