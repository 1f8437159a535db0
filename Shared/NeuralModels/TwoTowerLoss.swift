/// What two towers make small; each is a sum over pairs.
enum TwoTowerLoss: Sendable {
  /// Softmax over the batch's items, each less the logarithm of how often it is drawn (Yi et al. 2019), so
  /// that popular items are not punished for standing in many batches.
  case batchSoftmax(temperature: Double, logShares: [Float])
  /// The taken item above a drawn one (Rendle et al. 2009).
  case pairwise(temperature: Double)
  /// Squared distance of the cosine from 1 for what was taken, from 0 for what was drawn.
  case squared

  /// Whether items are drawn against the taken ones.
  var drawsItems: Bool { if case .batchSoftmax = self { false } else { true } }

  /// - Parameters:
  ///   - users: vectors of the pairs of a shard.
  ///   - pairs: the shard's among all pairs of the batch.
  ///   - items: of all pairs of the batch.
  ///   - vectors: of `items`.
  ///   - drawn: vectors of the items drawn against the shard's pairs.
  func sum(
    _ users: Tensor, pairs: Range<Int>, items: [Int64], vectors: Tensor, drawn: Tensor?
  ) throws -> Tensor {
    let own = try Tensor.indices(pairs.map(Int64.init))
    switch self {
    case .batchSoftmax(let temperature, let logShares):
      var offsets = [Float](repeating: 0, count: pairs.count * items.count)
      for (row, pair) in pairs.enumerated() {
        for (column, item) in items.enumerated() {
          // The pair's own item once more is no other item.
          let isTwin = item == items[pair] && column != pair
          offsets[row * items.count + column] = isTwin ? -1e9 : -logShares[Int(item)]
        }
      }
      let logits =
        try users.matmul(vectors.transposed()).affine(1 / temperature)
        + .values(offsets, [pairs.count, items.count])
      return try logits.logSoftmax().picked(own).sum().affine(-1)
    case .pairwise(let temperature):
      guard let drawn else { return try users.sum().affine(0) }
      let distance = try (users * (vectors.rows(own) - drawn)).rowSums().affine(1 / temperature)
      return try distance.logSigmoid().sum().affine(-1)
    case .squared:
      let taken = try (users * vectors.rows(own)).rowSums().affine(1, -1).squared().sum()
      guard let drawn else { return taken }
      return try taken + (users * drawn).rowSums().squared().sum()
    }
  }
}
