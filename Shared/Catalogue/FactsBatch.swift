import RecommendationCore

/// What features need of many items, as columns. Gathered in one pass.
public struct FactsBatch: Sendable {
  /// What features need of one item.
  public struct Row: Sendable {
    /// NaN where unknown.
    public var year = Double.nan
    /// ln(1 + price); NaN where unknown.
    public var logPrice = Double.nan
    /// Its categories are `categories[categoryStart..<categoryEnd]`.
    public var categoryStart = 0
    /// End of its categories.
    public var categoryEnd = 0
    /// Whether the catalogue has the item.
    public var isKnown = false
  }

  /// A row an item, in the order asked for.
  public var rows: [Row] = []
  /// Numbers of the categories in the snapshot, each item's once and in the item's order.
  public var categories: [UInt32] = []
}

extension CatalogueSnapshot {
  /// Gathers what features need of items.
  ///
  /// - Complexity: O(items) expected.
  public func gather(_ ids: [ItemID]) -> FactsBatch {
    var batch = FactsBatch()
    batch.rows.reserveCapacity(ids.count)
    batch.categories.reserveCapacity(ids.count * 4)
    let contents = contents
    contents.chunks.withUnsafeBufferPointer { chunks in
      for id in ids {
        guard let row = contents.index.row(of: id.rawValue) else {
          batch.rows.append(FactsBatch.Row())
          continue
        }
        let chunk = chunks[row >> CatalogueChunk.shift]
        let facts = chunk.facts[row & (CatalogueChunk.capacity - 1)]
        let start = batch.categories.count
        for index in Int(facts.categoryStart)..<Int(facts.categoryEnd) {
          batch.categories.append(chunk.categories[index])
        }
        batch.rows.append(
          FactsBatch.Row(
            year: facts.year, logPrice: facts.logPrice, categoryStart: start,
            categoryEnd: batch.categories.count, isKnown: true))
      }
    }
    return batch
  }
}
