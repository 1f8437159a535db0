import Catalogue
import RecommendationCore
import VectorSearch

/// Which row of the catalogue a row of the content index stands for, and the other way: so that requests look
/// nothing up by key.
struct ContentRows: Sendable {
  /// By row of the index; -1: a vector that was removed or replaced.
  private let catalogueRows: [Int32]
  /// By row of the catalogue; -1: free, or an item that nothing known describes.
  private let vectorRows: [Int32]

  /// Joins the two.
  ///
  /// O(rows); only what has moved since the state before is looked up by key.
  init(
    _ vectors: LiveSnapshot, _ catalogue: CatalogueSnapshot,
    before: (rows: ContentRows, vectors: LiveSnapshot)?
  ) {
    let hints =
      before.flatMap { $0.vectors.generation == vectors.generation ? $0.rows.catalogueRows : nil }
      ?? []
    var catalogueRows = [Int32](repeating: -1, count: vectors.rowCount)
    var vectorRows = [Int32](repeating: -1, count: catalogue.rowCount)
    for row in 0..<vectors.rowCount where vectors.isAlive(row: row) {
      let item = ItemID(rawValue: vectors.key(ofRow: row))
      let hint = row < hints.count ? Int(hints[row]) : -1
      let found =
        hint >= 0 && catalogue.id(atRow: hint) == item ? hint : catalogue.row(of: item)
      guard let found else { continue }
      catalogueRows[row] = Int32(truncatingIfNeeded: found)
      vectorRows[found] = Int32(truncatingIfNeeded: row)
    }
    self.catalogueRows = catalogueRows
    self.vectorRows = vectorRows
  }

  /// The index's row of a catalogue's row; nil where there is none.
  func vectorRow(catalogueRow row: Int) -> Int? {
    guard row < vectorRows.count, vectorRows[row] >= 0 else { return nil }
    return Int(vectorRows[row])
  }

  /// The rows of the index whose items are in a set of rows of a catalogue.
  ///
  /// - Parameters:
  ///   - catalogue: the one that the set is of. Where it is not the one that the rows were joined with, a row
  ///     of it may hold another item by now: then each is looked at.
  /// - Complexity: O(rows).
  func filter(
    _ bitmap: RowBitmap, _ catalogue: CatalogueSnapshot, isSame: Bool, _ vectors: LiveSnapshot
  ) -> RowFilter {
    var filter = RowFilter(rowCount: catalogueRows.count, allowingAll: false)
    for (row, place) in catalogueRows.enumerated() where place >= 0 {
      let place = Int(place)
      guard bitmap.contains(place),
        isSame || catalogue.id(atRow: place)?.rawValue == vectors.key(ofRow: row)
      else { continue }
      filter.allow(row)
    }
    return filter
  }
}
