import RecommendationCore

/// Who did what, as a sparse matrix: rows of positive weights by user, and the same by item.
///
/// Users and items have rows in the order of their keys. Several acts of one user with one item count
/// once, with the largest of their weights: a history in serving has one entry an item too. Weights that
/// are not positive (or not finite) speak for nothing here and are left out.
public struct Interactions: Sendable {
  /// Users in the order of their rows.
  public let userIDs: [UserID]
  /// Items in the order of their rows.
  public let itemIDs: [ItemID]
  /// A row a user; its columns are item rows.
  public let byUser: SparseRows
  /// A row an item; its columns are user rows.
  public let byItem: SparseRows

  /// Interactions as parallel columns.
  ///
  /// - Throws: ``ModelError/Code/invalidArgument`` when the columns differ in length.
  public init(users: [UserID], items: [ItemID], weights: [Float]) throws {
    guard users.count == items.count, users.count == weights.count else {
      throw ModelError(.invalidArgument, "columns of different lengths")
    }
    let userTable = RowTable(users.map(\.rawValue), weights)
    let itemTable = RowTable(items.map(\.rawValue), weights)
    userIDs = userTable.keys.map { UserID(rawValue: $0) }
    itemIDs = itemTable.keys.map { ItemID(rawValue: $0) }
    byUser = SparseRows(
      rows: userTable.rows, columns: itemTable.rows, weights: weights, rowCount: userIDs.count,
      columnCount: itemIDs.count)
    byItem = byUser.transposed()
  }

  /// Number of pairs of a user and an item.
  public var count: Int { byUser.columns.count }
}

/// Distinct keys in order, and the row of each entry; -1 for entries without a positive weight.
private struct RowTable {
  let keys: [UInt64]
  let rows: [Int32]

  init(_ entries: [UInt64], _ weights: [Float]) {
    var distinct = Set<UInt64>()
    for (key, weight) in zip(entries, weights) where weight > 0 && weight.isFinite {
      distinct.insert(key)
    }
    let keys = distinct.sorted()
    self.keys = keys
    let rowOfKey = Dictionary(
      uniqueKeysWithValues: keys.indices.map { (keys[$0], Int32(truncatingIfNeeded: $0)) })
    rows = zip(entries, weights).map { key, weight in
      weight > 0 && weight.isFinite ? rowOfKey[key] ?? -1 : -1
    }
  }
}
