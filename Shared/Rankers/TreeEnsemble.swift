/// The trees of a gradient-boosted model, as its `.ubj` file holds them, each checked to be a tree.
///
/// XGBoost follows the lengths and child indices of a file without looking at them, so that a file that
/// was cut off makes it read past its end. Nothing reaches it that did not pass here; a bundle's
/// checksums guard against damage that leaves the structure whole.
struct TreeEnsemble {
  /// One tree as parallel columns over its nodes; node 0 is the root.
  struct Tree {
    /// Child taken when the value is below the threshold; -1 in a leaf.
    var leftChildren: [Int32]
    /// Child taken otherwise; -1 in a leaf.
    var rightChildren: [Int32]
    /// The column that a split reads.
    var columns: [Int32]
    /// The threshold of a split, the score of a leaf.
    var values: [Float]
    /// Whether a missing value goes left.
    var missingGoesLeft: [Bool]
    /// How many training rows came to each node, by the weight that the training gave them; empty where the file
    /// does not tell.
    var covers: [Float]
  }

  /// Number of columns that the model reads.
  let columnCount: Int
  /// Added to the sum of the leaves.
  let baseScore: Float
  /// The trees, in the order in which they were trained.
  var trees: [Tree]

  /// Trees that are known to be whole.
  init(columnCount: Int, baseScore: Float, trees: [Tree]) {
    self.columnCount = columnCount
    self.baseScore = baseScore
    self.trees = trees
  }

  /// The trees of a `.ubj` file.
  init(model: [UInt8]) throws {
    let root = try UBJSONReader.value(of: model)
    let parameters = root["learner", "learner_model_param"]
    guard let columns = parameters?["num_feature"]?.string.flatMap({ Int($0) }), columns > 0,
      let base = parameters?["base_score"]?.string.flatMap({ Float($0) }), base.isFinite,
      root["learner", "gradient_booster", "name"]?.string == "gbtree",
      let trees = root["learner", "gradient_booster", "model", "trees"]?.elements,
      let groups = root["learner", "gradient_booster", "model", "tree_info"]?.integerArray,
      groups.count == trees.count, groups.allSatisfy({ $0 == 0 })
    else { throw RankerError(.malformedModel, "the file holds no XGBoost trees") }
    columnCount = columns
    baseScore = base
    self.trees = try trees.enumerated().map { index, tree in
      guard let tree = Tree(tree, columnCount: columns) else {
        throw RankerError(.malformedModel, "tree \(index) is malformed")
      }
      return tree
    }
  }
}

extension TreeEnsemble.Tree {
  /// A tree from its object in the file; nil unless every node but the root has one parent, which comes
  /// before it, and every split reads a column that is there.
  fileprivate init?(_ value: UBJSONValue, columnCount: Int) {
    guard let left = value["left_children"]?.integerArray,
      let right = value["right_children"]?.integerArray,
      let columns = value["split_indices"]?.integerArray,
      let values = value["split_conditions"]?.numberArray,
      let missing = value["default_left"]?.integerArray,
      let parents = value["parents"]?.integerArray,
      let types = value["split_type"]?.integerArray,
      let count = value["tree_param", "num_nodes"]?.string.flatMap({ Int($0) }),
      count > 0, count == left.count,
      [right.count, columns.count, values.count, missing.count, parents.count, types.count]
        .allSatisfy({ $0 == left.count })
    else { return nil }
    var visits = [Int](repeating: 0, count: left.count)
    for node in left.indices {
      let children = [left[node], right[node]]
      // Type 0 is a numeric split; trees with category sets are of another layout.
      guard types[node] == 0, values[node].isFinite else { return nil }
      if children == [-1, -1] { continue }
      guard (0..<Int64(columnCount)).contains(columns[node]) else { return nil }
      for child in children {
        guard child > node, child < left.count, parents[Int(child)] == node else { return nil }
        visits[Int(child)] += 1
      }
    }
    guard visits[0] == 0, visits.dropFirst().allSatisfy({ $0 <= 1 }) else { return nil }
    leftChildren = left.map { Int32(truncatingIfNeeded: $0) }
    rightChildren = right.map { Int32(truncatingIfNeeded: $0) }
    self.columns = columns.map { Int32(truncatingIfNeeded: $0) }
    self.values = values.map { Float($0) }
    missingGoesLeft = missing.map { $0 != 0 }
    let covers = value["sum_hessian"]?.numberArray ?? []
    self.covers = covers.count == left.count ? covers.map { Float($0) } : []
  }
}
