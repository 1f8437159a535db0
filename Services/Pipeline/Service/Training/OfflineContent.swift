import LinearAlgebra
import Models
import RecommendationCore
import Text

/// A catalogue in a text space, in memory.
struct OfflineContent: Sendable {
  var space: TextSpace
  /// Items with at least one known term.
  let items: ItemRows
  private let vectors: Matrix

  init?(_ space: TextSpace, items all: [Item]) {
    let placed = all.map { (id: $0.id, vector: space.vector(of: $0)) }
      .filter { $0.vector.contains { $0 != 0 } }.sorted { $0.id < $1.id }
    guard let items = try? ItemRows(sorted: placed.map(\.id)),
      let vectors = Matrix(
        rows: placed.count, columns: space.dimensions, values: placed.flatMap(\.vector))
    else { return nil }
    self.space = space
    self.items = items
    self.vectors = vectors
  }

  /// The cosine of each item with what the user liked; nil when nothing of that is known.
  func scores(_ history: History) -> [Float]? {
    var missing: [ItemID] = []
    guard
      let profile = space.profile(
        history, missing: &missing,
        vectorOf: { entry in items.row(of: history.items[entry]).map { vectors.row($0) } })
    else { return nil }
    var scores = [Float](repeating: 0, count: items.count)
    vectors.withUnsafeValues { values in
      guard let start = values.baseAddress else { return }
      Kernels.multiply(
        start, rows: items.count, columns: space.dimensions, vector: profile, into: &scores)
    }
    return scores.map { max(-1, min(1, $0)) }
  }
}
