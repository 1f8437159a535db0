import RecommendationCore

/// What differs between two states of one catalogue.
extension CatalogueSnapshot {
  /// Rows, by number.
  public struct RowSet: Sendable {
    /// nil: all rows.
    fileprivate let rows: Set<Int>?

    /// Whether a row is among them.
    public func contains(_ row: Int) -> Bool { rows.map { $0.contains(row) } ?? true }
  }

  /// Whether this is the very state that another snapshot shows.
  public func isSame(as other: CatalogueSnapshot) -> Bool { contents === other.contents }

  /// The rows whose item is another than in an earlier state, came, or changed; all of them for nil. A row that
  /// is free now is not among them.
  ///
  /// Chunks that the two states share are passed over: O(changed chunks × 256 + chunks).
  public func rowsChanged(since earlier: CatalogueSnapshot?) -> RowSet {
    guard let earlier else { return RowSet(rows: nil) }
    var rows: Set<Int> = []
    for (number, chunk) in contents.chunks.enumerated() {
      let before = number < earlier.contents.chunks.count ? earlier.contents.chunks[number] : nil
      if let before, before === chunk { continue }
      for offset in 0..<CatalogueChunk.capacity {
        guard let item = chunk.items[offset], item != before?.items[offset] else { continue }
        rows.insert(number << CatalogueChunk.shift | offset)
      }
    }
    return RowSet(rows: rows)
  }
}
