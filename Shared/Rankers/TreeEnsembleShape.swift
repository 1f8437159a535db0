/// How large a gradient-boosted model is, whatever its leaves say.
public struct TreeEnsembleShape: Sendable, Hashable {
  /// Columns that it reads.
  public let columnCount: Int
  /// Its trees.
  public let treeCount: Int
  /// Splits on the longest way from a root to a leaf.
  public let maxDepth: Int
  /// Leaves of all trees.
  public let leafCount: Int

  /// The shape of a ranker; nil for a kind that has no trees. O(nodes).
  public init?(_ ranker: any Ranker) throws {
    guard ranker.kind == XGBoostRanker.kind,
      let model = try ranker.files()[XGBoostRanker.fileName]
    else { return nil }
    try self.init(model: model)
  }

  /// The shape of the trees of a `.ubj` file.
  init(model: [UInt8]) throws {
    let ensemble = try TreeEnsemble(model: model)
    var (deepest, leaves) = (0, 0)
    for tree in ensemble.trees {
      var depths = [Int](repeating: 0, count: tree.values.count)
      // A child follows its parent, so each depth is known when its node's turn comes.
      for node in tree.values.indices {
        if tree.leftChildren[node] < 0 {
          leaves += 1
          deepest = max(deepest, depths[node])
        } else {
          depths[Int(tree.leftChildren[node])] = depths[node] + 1
          depths[Int(tree.rightChildren[node])] = depths[node] + 1
        }
      }
    }
    columnCount = ensemble.columnCount
    treeCount = ensemble.trees.count
    maxDepth = deepest
    leafCount = leaves
  }
}
