import RecommendationCore

/// The catalogue as it stood at one moment. Cheap to take and to pass on; it never changes.
///
/// Items stand in rows from 0; a row keeps its item for as long as the item lives, and may be free.
public struct CatalogueSnapshot: Sendable {
  /// What a snapshot is made of; shared, never changed.
  final class Contents: Sendable {
    let chunks: [CatalogueChunk]
    let index: KeyIndex
    let categories: CategoryTable
    let sequence: UInt64
    let freeRows: [UInt32]
    let rowCount: Int

    init(
      chunks: [CatalogueChunk] = [], index: KeyIndex = KeyIndex(),
      categories: CategoryTable = CategoryTable(), sequence: UInt64 = 0, freeRows: [UInt32] = [],
      rowCount: Int = 0
    ) {
      self.chunks = chunks
      self.index = index
      self.categories = categories
      self.sequence = sequence
      self.freeRows = freeRows
      self.rowCount = rowCount
    }
  }

  let contents: Contents

  /// Number of items.
  public var count: Int { contents.index.count }
  /// Number of rows, free ones included: every row is below it.
  public var rowCount: Int { contents.rowCount }
  /// All changes of the stream up to this number are in it.
  public var sequence: UInt64 { contents.sequence }

  /// The row of an item. O(1) expected.
  public func row(of id: ItemID) -> Int? { contents.index.row(of: id.rawValue) }

  /// Whether the catalogue has the item.
  public func contains(_ id: ItemID) -> Bool { row(of: id) != nil }

  /// An item by its key.
  public func item(_ id: ItemID) -> Item? { row(of: id).flatMap(item(atRow:)) }

  /// The item of a row; nil where the row is free or out of range.
  public func item(atRow row: Int) -> Item? {
    chunk(row)?.items[row & (CatalogueChunk.capacity - 1)]
  }

  /// The key of a row's item; nil where the row is free or out of range.
  public func id(atRow row: Int) -> ItemID? {
    guard let id = chunk(row)?.ids[row & (CatalogueChunk.capacity - 1)], id.rawValue != 0 else {
      return nil
    }
    return id
  }

  /// All items with their rows, in the order of rows.
  public func forEach(_ body: (_ row: Int, _ item: Item) throws -> Void) rethrows {
    for (index, chunk) in contents.chunks.enumerated() {
      for (offset, item) in chunk.items.enumerated() {
        if let item { try body(index << CatalogueChunk.shift | offset, item) }
      }
    }
  }

  /// What features need of an item, without its strings.
  public func facts(of id: ItemID) -> ItemFacts? { row(of: id).flatMap(facts(atRow:)) }

  /// What features need of a row's item; nil where the row is free or out of range.
  public func facts(atRow row: Int) -> ItemFacts? {
    guard let chunk = chunk(row) else { return nil }
    let offset = row & (CatalogueChunk.capacity - 1)
    guard chunk.ids[offset].rawValue != 0 else { return nil }
    return ItemFacts(
      year: chunk.years[offset] == .min ? nil : chunk.years[offset],
      price: chunk.prices[offset].isNaN ? nil : chunk.prices[offset],
      categories: chunk.categories(ofRow: offset))
  }

  /// Number of distinct categories that items have named so far.
  public var categoryCount: Int { contents.categories.names.count }

  /// The name of a category by its number in this snapshot.
  public func categoryName(_ index: UInt32) -> String { contents.categories.names[Int(index)] }

  /// The key of a category by its number: the same in every process.
  public func categoryKey(_ index: UInt32) -> UInt64 { contents.categories.keys[Int(index)] }

  /// The number of a category in this snapshot by its key.
  public func categoryIndex(key: UInt64) -> UInt32? { contents.categories.index(ofKey: key) }

  /// The number of a category in this snapshot by its name.
  public func categoryIndex(name: String) -> UInt32? { contents.categories.index(of: name) }

  private func chunk(_ row: Int) -> CatalogueChunk? {
    let index = row >> CatalogueChunk.shift
    return row >= 0 && index < contents.chunks.count ? contents.chunks[index] : nil
  }
}
