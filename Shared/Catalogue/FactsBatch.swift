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
  public func gather(_ ids: [ItemID]) -> FactsBatch { gather(ids[...]) }

  /// The same for a part of a list.
  public func gather(_ ids: ArraySlice<ItemID>) -> FactsBatch {
    var batch = FactsBatch()
    let contents = contents
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: ids.count) { places in
      // Step by step for all items: the machine waits for the memory of many at once then.
      ids.withUnsafeBufferPointer { ids in
        for place in 0..<ids.count {
          places[place] =
            contents.index.row(of: ids[place].rawValue)
            .map { UInt32(truncatingIfNeeded: $0) } ?? .max
        }
      }
      contents.chunks.withUnsafeBufferPointer { chunks in
        batch.rows = Self.rows(places, chunks)
        batch.categories.reserveCapacity(batch.rows.last?.categoryEnd ?? 0)
        for place in 0..<places.count where places[place] != .max {
          let chunk = Int(places[place]) >> CatalogueChunk.shift
          let facts = chunks[chunk].facts[Int(places[place]) & (CatalogueChunk.capacity - 1)]
          for index in Int(facts.categoryStart)..<Int(facts.categoryEnd) {
            batch.categories.append(chunks[chunk].categories[index])
          }
        }
      }
    }
    return batch
  }

  /// - Parameter places: of each item its row; the largest number for one that is not known.
  private static func rows(
    _ places: UnsafeMutableBufferPointer<UInt32>, _ chunks: UnsafeBufferPointer<CatalogueChunk>
  ) -> [FactsBatch.Row] {
    [FactsBatch.Row](unsafeUninitializedCapacity: places.count) { rows, initialized in
      var end = 0
      for place in 0..<places.count {
        var row = FactsBatch.Row()
        if places[place] != .max {
          let facts = chunks[Int(places[place]) >> CatalogueChunk.shift]
            .facts[Int(places[place]) & (CatalogueChunk.capacity - 1)]
          row.year = facts.year
          row.logPrice = facts.logPrice
          row.categoryStart = end
          end += Int(facts.categoryEnd - facts.categoryStart)
          row.categoryEnd = end
          row.isKnown = true
        }
        rows.initializeElement(at: place, to: row)
      }
      initialized = places.count
    }
  }
}
