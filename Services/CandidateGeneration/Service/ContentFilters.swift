import Catalogue
import RecommendationCore
import Synchronization
import VectorSearch

/// What the latest filters allow of one state of the content index, kept for a second (an item becomes
/// available or ceases to be, by the clock).
final class ContentFilters: Sendable {
  private struct Kept {
    var filter: ItemFilter
    var second: Int64
    var catalogue: CatalogueSnapshot
    var rows: RowFilter
  }

  private static let keptCount = 16
  /// The latest used last.
  private let kept = Mutex<[Kept]>([])

  /// The rows that a query's filter allows, what it excludes by name apart.
  ///
  /// - Parameter rows: those of the index that are in a set of rows of the query's catalogue.
  /// - Throws: `CatalogueError` for a filter that makes no sense.
  func matching(
    _ query: CandidateQuery, rows: (RowBitmap) -> RowFilter
  ) throws -> RowFilter {
    let second = query.timeMilliseconds / 1000
    let known = kept.withLock { kept in
      kept.last {
        $0.second == second && $0.catalogue.isSame(as: query.catalogue)
          && $0.filter == query.filter
      }?.rows
    }
    if let known { return known }
    let compiled = try query.catalogue.compile(
      query.filter, nowMilliseconds: query.timeMilliseconds)
    let made = rows(compiled.matchingRows())
    kept.withLock { kept in
      if kept.count >= Self.keptCount { kept.removeFirst() }
      kept.append(
        Kept(filter: query.filter, second: second, catalogue: query.catalogue, rows: made))
    }
    return made
  }
}
