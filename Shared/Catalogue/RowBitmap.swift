/// A set of catalogue rows, one bit a row.
public struct RowBitmap: Sendable, Equatable {
  /// The bits, least significant first.
  public private(set) var words: [UInt64]
  /// Number of rows that it speaks of.
  public let rowCount: Int

  /// An empty set over some rows.
  public init(rowCount: Int) {
    self.rowCount = rowCount
    words = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
  }

  /// How many rows are in the set. O(rows / 64).
  public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Adds a row; a row out of range is left out.
  public mutating func insert(_ row: Int) {
    guard row >= 0, row < rowCount else { return }
    words[row >> 6] |= 1 << UInt64(row & 63)
  }

  /// Whether the row is in the set.
  public func contains(_ row: Int) -> Bool {
    row >= 0 && row < rowCount && words[row >> 6] & (1 << UInt64(row & 63)) != 0
  }

  /// Calls the body for each row in the set, in order.
  public func forEach(_ body: (Int) throws -> Void) rethrows {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        try body(index << 6 | rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
  }
}
