import Catalogue
import LinearAlgebra
import RecommendationCore

/// Finds which of a user's latest likes an item is described most like, for all items of a slate: one product
/// of a small matrix with a vector an item.
struct NeighbourFinder {
  /// Most past items that are compared with.
  static let mostEntries = 50
  /// Below this cosine two items are not called alike.
  ///
  /// Of all pairs of films in ML-1M, one in seven has more; the nearest of a film has 0.6 to 0.8.
  static let leastCosine: Float = 0.3

  private let vectors: ContentVectors
  private let history: History
  private let catalogue: CatalogueSnapshot
  /// Places in the history of the past items compared with, newest first, and their vectors, a row each.
  private var entries: [Int] = []
  private var rows: [Float] = []

  /// The latest likes; of a user who has liked nothing, what speaks for an item at all.
  ///
  /// O(history + likes · dimensions), up to ``mostEntries`` likes.
  init(_ history: History, vectors: ContentVectors, catalogue: CatalogueSnapshot) {
    self.vectors = vectors
    self.history = history
    self.catalogue = catalogue
    let least: Float =
      history.weights.contains { $0 >= 1 } ? 1 : .leastNonzeroMagnitude
    entries.reserveCapacity(Self.mostEntries)
    rows.reserveCapacity(Self.mostEntries * vectors.dimensions)
    for entry in 0..<history.count where history.weights[entry] >= least {
      guard entries.count < Self.mostEntries else { break }
      let isThere: Void? = vectors.withVector(of: history.items[entry]) {
        rows.append(contentsOf: $0)
      }
      if isThere != nil { entries.append(entry) }
    }
  }

  /// The past item that is nearest, of equals the newest; nil where none is near.
  ///
  /// O(likes · dimensions).
  ///
  /// - Parameter cosines: scratch, kept from item to item.
  func nearest(to item: ItemID, cosines: inout [Float]) -> ItemNumbers.ContentNeighbour? {
    guard !entries.isEmpty else { return nil }
    if cosines.count < entries.count {
      cosines = [Float](repeating: 0, count: Self.mostEntries)
    }
    let isThere: Void? = vectors.withVector(of: item) { vector in
      guard let vector = vector.baseAddress else { return }
      rows.withUnsafeBufferPointer { rows in
        guard let rows = rows.baseAddress else { return }
        Kernels.multiply(
          rows, rows: entries.count, columns: vectors.dimensions, vector: vector, into: &cosines)
      }
    }
    guard isThere != nil else { return nil }
    while let place = best(cosines) {
      if let named = named(entries[place], item, cosines[place]) { return named }
      cosines[place] = -1
    }
    return nil
  }

  /// The place of the largest cosine, of equals the first; nil where none is large enough.
  private func best(_ cosines: [Float]) -> Int? {
    var best: Int?
    var most = Self.leastCosine.nextDown
    for place in entries.indices where cosines[place] > most {
      best = place
      most = cosines[place]
    }
    return best
  }

  /// An entry as a neighbour of an item; nil where it cannot be named, and for the item itself.
  private func named(
    _ entry: Int, _ item: ItemID, _ cosine: Float
  ) -> ItemNumbers.ContentNeighbour? {
    let past = history.items[entry]
    guard past != item, let act = Act(weight: history.weights[entry]),
      let title = catalogue.item(past)?.title, !title.isEmpty
    else { return nil }
    // Rounding may carry a cosine a little beyond its bounds.
    return ItemNumbers.ContentNeighbour(
      item: past, title: title, act: act, cosine: Double(min(1, cosine)))
  }
}
