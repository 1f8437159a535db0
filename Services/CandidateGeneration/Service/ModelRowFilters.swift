import Catalogue
import Models
import RecommendationCore
import Synchronization
import VectorSearch

/// Turns a request's conditions on items into the rows of one model that a search may find.
///
/// An item that the live catalogue lacks is never allowed. Where the model's rows lie in the catalogue, and
/// what the latest filters allow, is kept until the catalogue changes or a second has passed (an item
/// becomes available or ceases to be, by the clock).
final class ModelRowFilters: Sendable {
  private struct State {
    var catalogue = CatalogueMark(sequence: 0, rows: -1, items: -1)
    /// Catalogue row of each model row; -1 where the catalogue lacks the item.
    var alignment: [Int32] = []
    /// The latest used last.
    var filters: [Kept] = []
  }

  /// Tells one state of the catalogue from another.
  private struct CatalogueMark: Equatable {
    var sequence: UInt64
    var rows: Int
    var items: Int
  }

  private struct Kept {
    var filter: ItemFilter
    var second: Int64
    var rows: RowFilter
  }

  private static let keptCount = 16
  private let items: ItemRows
  private let state = Mutex(State())

  init(_ items: ItemRows) { self.items = items }

  /// The rows that the query allows.
  ///
  /// - Throws: `CatalogueError` for a filter that makes no sense.
  func rows(_ query: CandidateQuery) throws -> RowFilter {
    var rows = try matching(query)
    // An unknown item's row, -1, is out of range and left alone.
    for row in query.excluded.rows(in: items) { rows.forbid(Int(row)) }
    return rows
  }

  private func matching(_ query: CandidateQuery) throws -> RowFilter {
    let second = query.timeMilliseconds / 1000
    let mark = CatalogueMark(
      sequence: query.catalogue.sequence, rows: query.catalogue.rowCount,
      items: query.catalogue.count)
    let (kept, alignment, isAligned) = state.withLock { state -> (RowFilter?, [Int32], Bool) in
      guard state.catalogue == mark else { return (nil, state.alignment, false) }
      let found = state.filters.last { $0.second == second && $0.filter == query.filter }
      return (found?.rows, state.alignment, true)
    }
    if let kept { return kept }
    let compiled = try query.catalogue.compile(
      query.filter, nowMilliseconds: query.timeMilliseconds)
    let aligned = isAligned ? alignment : align(query.catalogue, before: alignment)
    let bitmap = compiled.matchingRows()
    var rows = RowFilter(rowCount: items.count, allowingAll: false)
    for (row, place) in aligned.enumerated() where place >= 0 && bitmap.contains(Int(place)) {
      rows.allow(row)
    }
    keep(Kept(filter: query.filter, second: second, rows: rows), aligned, mark)
    return rows
  }

  /// Where the items lie; looked up by key only where they no longer lie where they did, since this is done in
  /// the first request after each change. O(items).
  private func align(_ catalogue: CatalogueSnapshot, before: [Int32]) -> [Int32] {
    items.ids.indices.map { row in
      let item = items.ids[row]
      if row < before.count, before[row] >= 0, catalogue.id(atRow: Int(before[row])) == item {
        return before[row]
      }
      return catalogue.row(of: item).map { Int32(truncatingIfNeeded: $0) } ?? -1
    }
  }

  private func keep(_ kept: Kept, _ alignment: [Int32], _ mark: CatalogueMark) {
    state.withLock { state in
      if state.catalogue != mark {
        // An older state must not push out a newer one that another request has just brought.
        guard mark.sequence >= state.catalogue.sequence || state.alignment.isEmpty else { return }
        state = State(catalogue: mark, alignment: alignment, filters: [])
      }
      if state.filters.count >= Self.keptCount { state.filters.removeFirst() }
      state.filters.append(kept)
    }
  }
}
