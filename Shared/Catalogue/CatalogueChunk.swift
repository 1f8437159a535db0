import Foundation
import RecommendationCore

/// 256 rows of the catalogue, as columns. Never changed once made: a write makes a new chunk of the one
/// that it touches, and snapshots share the others.
final class CatalogueChunk: Sendable {
  static let shift = 8
  static let capacity = 1 << shift
  static let empty = CatalogueChunk(items: [Item?](repeating: nil, count: capacity), categories: [])

  /// nil where the row is free.
  let items: [Item?]
  /// Key 0 where the row is free.
  let ids: [ItemID]
  /// `Int32.min` where unknown.
  let years: [Int32]
  /// NaN where unknown.
  let prices: [Double]
  let availableFrom: [Int64]
  let availableUntil: [Int64]
  /// What features need, beside each other: one step in memory for all of it.
  let facts: [Facts]
  /// Row r has `categories[categoryOffsets[r]..<categoryOffsets[r + 1]]`, in the item's order.
  let categoryOffsets: [UInt32]
  let categories: [UInt32]
  /// The categories with numbers below 64 of each row, as bits.
  let categoryBits: [UInt64]

  struct Facts: Sendable {
    /// NaN where unknown.
    let year: Double
    /// NaN where unknown.
    let logPrice: Double
    let categoryStart: UInt32
    let categoryEnd: UInt32
  }

  /// - Parameters:
  ///   - items: `capacity` of them.
  ///   - categories: for each row the numbers of its categories; shorter means none for the rest.
  init(items: [Item?], categories lists: [[UInt32]]) {
    self.items = items
    ids = items.map { $0?.id ?? ItemID(rawValue: 0) }
    years = items.map { $0?.year ?? .min }
    prices = items.map { $0?.price ?? .nan }
    availableFrom = items.map { $0?.availableFromMilliseconds ?? .min }
    availableUntil = items.map { $0?.availableUntilMilliseconds ?? .max }
    var offsets: [UInt32] = [0]
    var flat: [UInt32] = []
    offsets.reserveCapacity(Self.capacity + 1)
    for row in 0..<Self.capacity {
      if row < lists.count { flat.append(contentsOf: lists[row]) }
      offsets.append(UInt32(flat.count))
    }
    categoryOffsets = offsets
    categories = flat
    categoryBits = (0..<Self.capacity).map { row in
      flat[Int(offsets[row])..<Int(offsets[row + 1])].reduce(0) {
        $1 < 64 ? $0 | 1 << UInt64($1) : $0
      }
    }
    facts = items.enumerated().map { row, item in
      Facts(
        year: item?.year.map(Double.init) ?? .nan, logPrice: item?.price.map { log1p($0) } ?? .nan,
        categoryStart: offsets[row], categoryEnd: offsets[row + 1])
    }
  }

  /// The same rows with some of them changed.
  func replacing(_ changes: [Int: Item?], in table: inout CategoryTable) -> CatalogueChunk {
    var items = items
    var lists = (0..<Self.capacity).map { Array(categories(ofRow: $0)) }
    for (row, item) in changes {
      items[row] = item
      lists[row] = []
      for name in item?.categories ?? [] {
        let index = table.intern(name)
        if !lists[row].contains(index) { lists[row].append(index) }
      }
    }
    return CatalogueChunk(items: items, categories: lists)
  }

  func categories(ofRow row: Int) -> ArraySlice<UInt32> {
    categories[Int(categoryOffsets[row])..<Int(categoryOffsets[row + 1])]
  }
}
