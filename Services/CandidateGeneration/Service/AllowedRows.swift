import Models
import RecommendationCore
import VectorSearch

/// Which rows of one model a query may find, for sources that look at few rows: what the query excludes is
/// looked up item by item instead of being marked in a copy of the filter.
struct AllowedRows: Sendable {
  private let rows: RowFilter
  private let items: ItemRows
  private let excluded: Set<ItemID>

  init(_ rows: RowFilter, items: ItemRows, excluded: Set<ItemID>) {
    self.rows = rows
    self.items = items
    self.excluded = excluded
  }

  func callAsFunction(_ row: Int) -> Bool {
    rows.allows(row) && !excluded.contains(items.ids[row])
  }
}
