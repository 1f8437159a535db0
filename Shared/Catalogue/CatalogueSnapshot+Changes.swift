import RecommendationCore

/// What differs between two states of one catalogue.
extension CatalogueSnapshot {
  /// Whether this is the very state that another snapshot shows.
  public func isSame(as other: CatalogueSnapshot) -> Bool { contents === other.contents }

  /// The rows that hold something else than in an earlier state, in order: another item, a changed one, one
  /// where there was none, or none where there was one.
  ///
  /// Chunks that the two states share are passed over: O(changed chunks × 256 + chunks).
  public func rowsChanged(since earlier: CatalogueSnapshot) -> [Int] {
    var rows: [Int] = []
    let (before, after) = (earlier.contents.chunks, contents.chunks)
    for number in 0..<max(before.count, after.count) {
      let old = number < before.count ? before[number] : nil
      let new = number < after.count ? after[number] : nil
      if let old, let new, old === new { continue }
      for offset in 0..<CatalogueChunk.capacity where old?.items[offset] != new?.items[offset] {
        rows.append(number << CatalogueChunk.shift | offset)
      }
    }
    return rows
  }
}
