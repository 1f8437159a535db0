/// The trees of a LightGBM text model (`model.txt`), each checked to be a tree.
struct LightGBMModel: Sendable {
  /// What a split does with a missing value (LightGBM's `missing_type`).
  enum Missing: Int, Sendable {
    /// Nothing is missing: NaN counts as 0.
    case none = 0
    /// 0 and NaN take the default side.
    case zero = 1
    /// NaN takes the default side.
    case nan = 2
  }

  /// A split. Children from 0 on are splits of the tree, below 0 leaves: `-1 - leaf`.
  struct Split: Sendable {
    var column: Int32
    var left: Int32
    var right: Int32
    /// Values up to here go left; in a categorical split, the place of its set of categories.
    var threshold: Double
    var isCategorical: Bool
    var defaultsLeft: Bool
    var missing: Missing
    /// Training rows that came here.
    var count: Double
  }

  /// A tree; without splits it is its only leaf.
  struct Tree: Sendable {
    var splits: [Split]
    var leaves: [Double]
    /// Training rows of each leaf.
    var leafCounts: [Double]
    /// Categories that go left, of each categorical split, as bits of 32-bit words.
    var categories: [[UInt32]]
  }

  /// Number of columns that the model reads.
  var columnCount: Int
  /// Their names.
  var columnNames: [String]
  /// The trees, in the order in which they were trained.
  var trees: [Tree]
  /// What makes a prediction of a margin.
  var objective: LightGBMObjective
  /// Whether predictions are made of the mean of the trees (random forests), not of their sum.
  var isAveraged: Bool

  /// The margin of a row: the sum of its leaves, as LightGBM's `raw_score` has it. O(trees · depth).
  func margin(_ row: (Int) -> Double) -> Double {
    var sum = 0.0
    for tree in trees { sum += tree.leaves[tree.leaf(row)] }
    return sum
  }

  /// What LightGBM's `predict` makes of a margin.
  func prediction(_ margin: Double) -> Double {
    objective.prediction(isAveraged ? margin / Double(max(1, trees.count)) : margin)
  }
}

extension LightGBMModel.Tree {
  /// The leaf of a row.
  func leaf(_ row: (Int) -> Double) -> Int {
    guard !splits.isEmpty else { return 0 }
    var node: Int32 = 0
    while node >= 0 {
      let split = splits[Int(node)]
      node = goesLeft(split, row(Int(split.column))) ? split.left : split.right
    }
    return Int(-1 - node)
  }

  /// Which way a value goes, as LightGBM's `Tree::Decision` has it.
  @inline(__always)
  func goesLeft(_ split: LightGBMModel.Split, _ value: Double) -> Bool {
    if split.isCategorical { return isMember(value, categories[Int(split.threshold)]) }
    switch split.missing {
    case .none:
      return (value.isNaN ? 0 : value) <= split.threshold
    case .zero:
      // LightGBM's own bound of what is 0: the float 1e-35.
      let isZero = value.isNaN || abs(value) <= Double(1e-35 as Float)
      return isZero ? split.defaultsLeft : value <= split.threshold
    case .nan:
      return value.isNaN ? split.defaultsLeft : value <= split.threshold
    }
  }

  /// Whether a category, cut to a whole number, is in a set; what is none is in no set.
  private func isMember(_ value: Double, _ words: [UInt32]) -> Bool {
    guard value > -1, value < Double(words.count * 32) else { return false }
    let category = Int(value)
    return words[category / 32] >> UInt32(category % 32) & 1 == 1
  }
}
