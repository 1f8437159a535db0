import Catalogue
import LinearAlgebra
import RecommendationCore
import Text
import VectorSearch

/// The live catalogue in a text space, for one state of the catalogue: what one request sees of it never
/// changes, and is read without a lock.
///
/// The next state is made from it in the background (``following(_:)``): new items are put into the index
/// beside the others, changed ones replaced, removed ones marked; the index builds itself again when that
/// has become much (``LiveIndex``).
struct ContentIndex: Sendable {
  let space: TextSpace
  /// Version of the space's bundle.
  let version: String
  let catalogue: CatalogueSnapshot
  let vectors: LiveSnapshot
  private let rows: ContentRows
  private let live: LiveIndex
  private let filters = ContentFilters()

  /// The index of a whole catalogue; long work for a large one.
  ///
  /// O(items · (terms · dimensions)).
  init(
    _ space: TextSpace, version: String, catalogue: CatalogueSnapshot,
    configuration: LiveIndex.Configuration = .init(),
    onRebuild: (@Sendable (LiveRebuild) -> Void)? = nil
  ) throws {
    var placed: [(key: UInt64, vector: [Float])] = []
    placed.reserveCapacity(catalogue.count)
    catalogue.forEach { _, item in
      if let vector = space.described(item) { placed.append((item.id.rawValue, vector)) }
    }
    // By key, so that ties break by item.
    placed.sort { $0.key < $1.key }
    var matrix = Matrix(rows: placed.count, columns: space.dimensions)
    matrix.withUnsafeMutableValues { values in
      for (row, entry) in placed.enumerated() {
        for (column, value) in entry.vector.enumerated() {
          values[row * entry.vector.count + column] = value
        }
      }
    }
    self.init(
      space, version: version, catalogue: catalogue,
      live: try LiveIndex(
        keys: placed.map(\.key), vectors: matrix, configuration: configuration,
        onRebuild: onRebuild), before: nil)
  }

  private init(
    _ space: TextSpace, version: String, catalogue: CatalogueSnapshot, live: LiveIndex,
    before: ContentIndex?
  ) {
    self.space = space
    self.version = version
    self.catalogue = catalogue
    self.live = live
    vectors = live.snapshot
    rows = ContentRows(vectors, catalogue, before: before.map { ($0.rows, $0.vectors) })
  }

  /// Number of items that can be found.
  var count: Int { vectors.count }

  /// Whether it has an item.
  func contains(_ item: ItemID) -> Bool { row(of: item) != nil }

  private func row(of item: ItemID) -> Int? {
    catalogue.row(of: item).flatMap { rows.vectorRow(catalogueRow: $0) }
  }

  /// Lends the vector of an item; false when nothing that it is described by is known.
  func withVector(of item: ItemID, _ body: (UnsafeBufferPointer<Float>) -> Void) -> Bool {
    guard let row = row(of: item) else { return false }
    vectors.withVector(ofRow: row, body)
    return true
  }

  /// The rows that a query allows.
  ///
  /// - Throws: `CatalogueError` for a filter that makes no sense.
  func allowed(_ query: CandidateQuery) throws -> RowFilter {
    var allowed = try filters.matching(query) { bitmap in
      rows.filter(bitmap, query.catalogue, isSame: query.catalogue.isSame(as: catalogue), vectors)
    }
    for item in query.excluded.ids { if let row = row(of: item) { allowed.forbid(row) } }
    return allowed
  }

  /// The items nearest to a vector of length 1, by cosine.
  func nearest(_ vector: [Float], count: Int, filter: RowFilter) throws -> CandidateList {
    let hits = try vectors.hits(vector, k: count, filter: filter)
    // Rounding may carry a cosine a little beyond its bounds.
    return CandidateList(
      items: hits.map { ItemID(rawValue: vectors.key(ofRow: Int($0.row))) },
      scores: hits.map { max(-1, min(1, $0.score)) })
  }

  /// The mean direction of some items; nil when none of them is known.
  func direction(of wanted: [ItemID]) -> [Float]? {
    var sum = [Float](repeating: 0, count: space.dimensions)
    for item in wanted {
      _ = withVector(of: item) { vector in
        for (place, value) in vector.enumerated() { sum[place] += value }
      }
    }
    let direction = TextSpace.normalized(sum)
    return direction.contains { $0 != 0 } ? direction : nil
  }
}

extension ContentIndex {
  /// Whether the index that it was taken from has since been built again: then the old one is held in memory
  /// for no good.
  var isOutdated: Bool { live.snapshot.generation != vectors.generation }

  /// The same space for a later state of the catalogue. One call at a time, each upon the result of the one
  /// before.
  ///
  /// O(changed items · terms · dimensions + items); items that only moved to other rows keep their vectors.
  ///
  /// - Throws: when a change cannot be made; then none is.
  func following(_ next: CatalogueSnapshot) throws -> ContentIndex {
    var upserts: [(key: UInt64, vector: [Float])] = []
    var removals: [UInt64] = []
    for row in next.rowsChanged(since: catalogue) {
      if let old = catalogue.id(atRow: row), !next.contains(old), contains(old) {
        removals.append(old.rawValue)
      }
      guard let item = next.item(atRow: row), catalogue.item(item.id) != item else { continue }
      guard let vector = space.described(item) else {
        if contains(item.id) { removals.append(item.id.rawValue) }
        continue
      }
      // A change of what nobody reads here, such as the price, is none.
      var isKnown = false
      _ = withVector(of: item.id) { isKnown = $0.elementsEqual(vector) }
      if !isKnown { upserts.append((item.id.rawValue, vector)) }
    }
    try live.apply(upserts: upserts, removals: removals)
    return ContentIndex(space, version: version, catalogue: next, live: live, before: self)
  }

  /// The items described most like some others; these themselves are left out.
  ///
  /// - Returns: nil when none of them is known.
  func similar(
    to wanted: [ItemID], _ query: CandidateQuery, count: Int
  ) throws -> CandidateList? {
    guard let direction = direction(of: wanted) else { return nil }
    var allowed = try allowed(query)
    for item in wanted { if let row = row(of: item) { allowed.forbid(row) } }
    return try nearest(direction, count: count, filter: allowed)
  }

  /// The cosine of a direction with an item; 0 for an item without known words.
  func cosine(_ direction: [Float], _ item: ItemID) -> Float {
    var cosine: Float = 0
    _ = withVector(of: item) { vector in
      cosine = max(-1, min(1, zip(direction, vector).reduce(0) { $0 + $1.0 * $1.1 }))
    }
    return cosine
  }
}

extension TextSpace {
  /// The vector of an item; nil when nothing that it is described by is known.
  fileprivate func described(_ item: Item) -> [Float]? {
    let vector = vector(of: item)
    return vector.contains { $0 != 0 } ? vector : nil
  }
}
