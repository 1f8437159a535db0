import LinearAlgebra
import Models
import RecommendationCore
import VectorSearch

/// A collaborative model with all that answers from it.
struct ALSRetriever: Sendable {
  let model: ALSModel
  private let index: any VectorIndex
  private let directions: ExactIndex
  private let filters: ModelRowFilters

  /// Builds the indices and tries the model out; long work.
  ///
  /// - Throws: when an index cannot be built, or the model gives no finite score.
  init(_ model: ALSModel, configuration: CandidatesConfiguration) throws {
    self.model = model
    index = try Self.index(model.itemFactors, configuration)
    directions = ExactIndex(model.itemFactors.rowsNormalized())
    filters = ModelRowFilters(model.items)
    try tryOut()
  }

  /// The items with the largest scores for a user.
  func nearest(
    _ user: UserFactor, _ query: CandidateQuery, count: Int
  ) throws -> CandidateList {
    list(try index.search(user.values, k: count, filter: filters.rows(query)))
  }

  /// The items most like some others: cosine with the mean of their directions. The items themselves
  /// are left out.
  ///
  /// - Returns: nil when the model knows none of them.
  func similar(
    to items: [ItemID], _ query: CandidateQuery, count: Int
  ) throws -> CandidateList? {
    guard let mean = direction(of: items) else { return nil }
    var allowed = try filters.rows(query)
    for item in items { if let row = model.items.row(of: item) { allowed.forbid(row) } }
    var list = list(try directions.search(mean, k: count, filter: allowed))
    // Rounding may carry a cosine a little beyond its bounds.
    for index in list.scores.indices { list.scores[index] = max(-1, min(1, list.scores[index])) }
    return list
  }

  /// The mean of the directions of some items; nil when the model knows none of them.
  func direction(of items: [ItemID]) -> [Float]? {
    var mean = [Float](repeating: 0, count: model.factors)
    for row in items.compactMap({ model.items.row(of: $0) }) {
      for (index, value) in directions.vectors.row(row).enumerated() { mean[index] += value }
    }
    let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 0 else { return nil }
    return mean.map { $0 / length }
  }

  /// The cosine of a direction with an item; 0 for one that the model does not know.
  func cosine(_ direction: [Float], _ item: ItemID) -> Float {
    guard let row = model.items.row(of: item) else { return 0 }
    let products = zip(direction, directions.vectors.row(row))
    return max(-1, min(1, products.reduce(0) { $0 + $1.0 * $1.1 }))
  }

  private func list(_ hits: [VectorHit]) -> CandidateList {
    CandidateList(
      items: hits.map { model.itemIDs[Int($0.row)] }, scores: hits.map(\.score))
  }

  private static func index(
    _ factors: Matrix, _ configuration: CandidatesConfiguration
  ) throws -> any VectorIndex {
    let kind = VectorIndexKind(
      name: configuration.alsIndex, count: factors.rows, exactBelow: configuration.exactBelow)
    return try kind.build(factors)
  }

  /// A model that cannot answer must not become current.
  private func tryOut() throws {
    let liked = Array(model.itemIDs.prefix(3))
    let history = History(
      items: liked, weights: liked.map { _ in 1 }, timesMilliseconds: liked.map { _ in 0 })
    let user = try model.foldIn(history)
    let hits = try index.search(user.values, k: 10, filter: nil)
    guard hits.count == min(10, model.items.count) else {
      throw ModelError(.malformed, "the model gives no finite scores")
    }
  }
}
