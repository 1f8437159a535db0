import Catalogue
import LinearAlgebra
import Models
import RecommendationCore
import Text
import VectorSearch

/// The live catalogue in a text space, for one state of the catalogue. Made aside and exchanged whole.
struct ContentIndex: Sendable {
  let space: TextSpace
  /// Version of the space's bundle.
  let version: String
  let catalogue: CatalogueSnapshot
  /// Items with at least one known term.
  let items: ItemRows
  let filters: ModelRowFilters
  private let index: ExactIndex

  /// The index of a catalogue. Items that the index before has unchanged keep their vectors; all others are
  /// projected anew.
  ///
  /// O(changed items · terms · dimensions + items · dimensions).
  init(
    _ space: TextSpace, version: String, catalogue: CatalogueSnapshot, before: ContentIndex?
  ) throws {
    self.space = space
    self.version = version
    self.catalogue = catalogue
    let kept = before.flatMap { $0.version == version ? $0 : nil }
    let changed = catalogue.rowsChanged(since: kept?.catalogue)
    var placed: [(id: ItemID, vector: ArraySlice<Float>)] = []
    placed.reserveCapacity(catalogue.count)
    for row in 0..<catalogue.rowCount {
      guard let id = catalogue.id(atRow: row) else { continue }
      if let kept, !changed.contains(row) {
        if let place = kept.items.row(of: id) { placed.append((id, kept.index.vectors.row(place))) }
      } else if let item = catalogue.item(atRow: row) {
        let vector = space.vector(of: item)
        if vector.contains(where: { $0 != 0 }) { placed.append((id, vector[...])) }
      }
    }
    placed.sort { $0.id < $1.id }
    items = try ItemRows(sorted: placed.map(\.id))
    filters = ModelRowFilters(items)
    let values = placed.flatMap(\.vector)
    index = ExactIndex(
      Matrix(rows: placed.count, columns: space.dimensions, values: values)
        ?? Matrix(rows: 0, columns: space.dimensions))
  }

  /// The vector of an item; nil when nothing that it is described by is known.
  func vector(of item: ItemID) -> ArraySlice<Float>? {
    items.row(of: item).map { index.vectors.row($0) }
  }

  /// The vector of a row.
  func vector(ofRow row: Int) -> ArraySlice<Float> { index.vectors.row(row) }

  /// The items nearest to a vector of length 1, by cosine.
  func nearest(_ vector: [Float], count: Int, filter: RowFilter) throws -> CandidateList {
    let hits = try index.search(vector, k: count, filter: filter)
    // Rounding may carry a cosine a little beyond its bounds.
    return CandidateList(
      items: hits.map { items.ids[Int($0.row)] }, scores: hits.map { max(-1, min(1, $0.score)) })
  }

  /// The mean direction of some items; nil when none of them is known.
  func direction(of wanted: [ItemID]) -> [Float]? {
    var sum = [Float](repeating: 0, count: space.dimensions)
    for item in wanted {
      guard let vector = vector(of: item) else { continue }
      for (place, value) in vector.enumerated() { sum[place] += value }
    }
    let direction = TextSpace.normalized(sum)
    return direction.contains { $0 != 0 } ? direction : nil
  }
}

extension ContentIndex {
  /// The items described most like some others; these themselves are left out.
  ///
  /// - Returns: nil when none of them is known.
  func similar(
    to wanted: [ItemID], _ query: CandidateQuery, count: Int
  ) throws -> CandidateList? {
    guard let direction = direction(of: wanted) else { return nil }
    var allowed = try filters.rows(query)
    for item in wanted { if let row = items.row(of: item) { allowed.forbid(row) } }
    return try nearest(direction, count: count, filter: allowed)
  }

  /// The cosine of a direction with an item; 0 for an item without known words.
  func cosine(_ direction: [Float], _ item: ItemID) -> Float {
    guard let vector = vector(of: item) else { return 0 }
    return max(-1, min(1, zip(direction, vector).reduce(0) { $0 + $1.0 * $1.1 }))
  }
}
