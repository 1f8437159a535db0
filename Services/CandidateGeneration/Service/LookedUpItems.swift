import Models
import RecommendationCore
import Synchronization

/// Items of a query, looked up once for all models that know the same items.
final class LookedUpItems: Sendable {
  private struct Found {
    let items: ItemRows
    let rows: [Int32]
  }

  /// As they were given.
  let ids: [ItemID]
  private let found = Mutex<[Found]>([])

  init(_ ids: [ItemID]) { self.ids = ids }

  /// Their rows in a model; -1 for one that it does not know. O(items) the first time.
  func rows(in items: ItemRows) -> [Int32] {
    let known = found.withLock { found in found.first { $0.items.isSame(as: items) }?.rows }
    if let known { return known }
    let rows = items.rows(of: ids)
    found.withLock { $0.append(Found(items: items, rows: rows)) }
    return rows
  }
}
