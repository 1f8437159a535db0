import Models
import RecommendationCore
import Synchronization

/// Items that a query does not want, looked up once for all models that know the same items.
final class ExcludedItems: Sendable {
  private struct Found {
    let items: ItemRows
    let rows: [Int]
  }

  private let ids: [ItemID]
  private let found = Mutex<[Found]>([])

  init(_ ids: [ItemID]) { self.ids = ids }

  /// Their rows in a model. O(items) the first time.
  func rows(in items: ItemRows) -> [Int] {
    guard !ids.isEmpty else { return [] }
    let known = found.withLock { found in found.first { $0.items.isSame(as: items) }?.rows }
    if let known { return known }
    let rows = ids.compactMap { items.row(of: $0) }
    found.withLock { $0.append(Found(items: items, rows: rows)) }
    return rows
  }
}
