import RecommendationCore

/// The items of a model, sorted by key, and the dense row of each.
///
/// Rows in the order of keys make ties between equal scores break by item, whatever the model.
public struct ItemRows: Sendable {
  /// Items in the order of their rows, which is the order of their keys.
  public let ids: [ItemID]
  private let table: ItemTable

  /// The rows of items.
  ///
  /// - Throws: ``ModelError/Code/malformed`` unless the keys rise from row to row.
  public init(sorted ids: [ItemID]) throws {
    guard zip(ids, ids.dropFirst()).allSatisfy({ $0 < $1 }), ids.count < Int(Int32.max) else {
      throw ModelError(.malformed, "item keys must rise from row to row")
    }
    table = ItemTable.shared(ids)
    self.ids = table.ids
  }

  /// Number of items.
  public var count: Int { ids.count }

  /// The row of an item; nil when the model does not know it. O(1) expected.
  public func row(of item: ItemID) -> Int? { table.row(of: item) }

  /// The rows of many items; -1 where the model does not know one. O(items) expected.
  public func rows(of items: [ItemID]) -> [Int32] {
    items.map { Int32(truncatingIfNeeded: table.row(of: $0) ?? -1) }
  }

  /// Whether rows here are rows there: models that were trained together mostly know the same items.
  public func isSame(as other: ItemRows) -> Bool { table === other.table }
}
