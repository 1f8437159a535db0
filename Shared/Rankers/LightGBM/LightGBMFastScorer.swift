internal import RecommendationCore

/// Runs LightGBM's trees by the evaluators of XGBoost's (``WideTreeScorer``, ``TreeScorer``), where their splits mean
/// the same.
///
/// Those add in single precision. Few trees at a time, their sums added in double precision, stay within LightGBM's
/// own sums by a millionth.
struct LightGBMFastScorer: Sendable {
  private static let treesTogether = 32

  private struct Part: Sendable {
    var wide: WideTreeScorer?
    var plain: TreeScorer
  }

  private let parts: [Part]

  /// A scorer; nil when a tree is too deep, asks for categories, or sends 0 another way than its neighbours.
  init?(_ model: LightGBMModel, places: [Int], columnCount: Int) {
    var trees: [TreeEnsemble.Tree] = []
    for tree in model.trees {
      guard let converted = TreeEnsemble.Tree(tree, places: places) else { return nil }
      trees.append(converted)
    }
    var parts: [Part] = []
    for start in stride(from: 0, to: trees.count, by: Self.treesTogether) {
      let ensemble = TreeEnsemble(
        columnCount: columnCount, baseScore: 0,
        trees: Array(trees[start..<min(trees.count, start + Self.treesTogether)]))
      guard let plain = TreeScorer(ensemble) else { return nil }
      parts.append(Part(wide: WideTreeScorer(ensemble), plain: plain))
    }
    self.parts = parts
  }

  /// The margins of rows.
  func margins(_ rows: FeatureMatrix) -> [Double] {
    var sums = [Double](repeating: 0, count: rows.rows)
    for part in parts {
      let scores = part.wide?.scores(rows) ?? part.plain.scores(rows)
      for (row, score) in scores.enumerated() { sums[row] += Double(score) }
    }
    return sums
  }
}

extension TreeEnsemble.Tree {
  /// A LightGBM tree in XGBoost's form; nil when it has none.
  ///
  /// LightGBM sends values up to a threshold left, XGBoost those below one: the next float above is the same for
  /// rows of floats. What is missing goes where the split sends it, which for splits that take NaN as 0 is the
  /// side of 0.
  fileprivate init?(_ tree: LightGBMModel.Tree, places: [Int]) {
    let splitCount = tree.splits.count
    self.init(
      leftChildren: [], rightChildren: [], columns: [], values: [], missingGoesLeft: [],
      covers: [])
    // The evaluator wants parents before children, which LightGBM's numbers of leaves do not give.
    var order: [Int32] = splitCount > 0 ? [0] : [-1]
    var next = 0
    while next < order.count {
      let node = order[next]
      next += 1
      guard node >= 0 else {
        append(left: -1, right: -1, column: 0, value: Float(tree.leaves[Int(-1 - node)]), false)
        continue
      }
      let split = tree.splits[Int(node)]
      guard let side = Self.missingSide(split) else { return nil }
      append(
        left: Int32(order.count), right: Int32(order.count + 1),
        column: Int32(places[Int(split.column)]), value: Self.below(split.threshold), side)
      order += [split.left, split.right]
    }
  }

  private mutating func append(
    left: Int32, right: Int32, column: Int32, value: Float, _ missingIsLeft: Bool
  ) {
    leftChildren.append(left)
    rightChildren.append(right)
    columns.append(column)
    values.append(value)
    missingGoesLeft.append(missingIsLeft)
  }

  /// The least float above all floats up to a threshold.
  private static func below(_ threshold: Double) -> Float {
    let nearest = Float(threshold)
    let floor = Double(nearest) > threshold ? nearest.nextDown : nearest
    return floor.nextUp
  }

  /// Which side a missing value takes; nil where 0 takes another than the threshold says.
  private static func missingSide(_ split: LightGBMModel.Split) -> Bool? {
    if split.isCategorical { return nil }
    switch split.missing {
    case .none: return 0 <= split.threshold
    case .nan: return split.defaultsLeft
    case .zero:
      let bound = Double(1e-35 as Float)
      let (allLeft, allRight) = (split.threshold >= bound, split.threshold < -bound)
      return (split.defaultsLeft ? allLeft : allRight) ? split.defaultsLeft : nil
    }
  }
}
