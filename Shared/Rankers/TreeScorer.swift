internal import RecommendationCore

/// Scores rows by trees laid out for speed; gives the same sums as XGBoost, bit by bit.
///
/// Each tree is padded to a complete one, so that the child of node `i` is node `2 i` or `2 i + 1` and a
/// step down is one load, one comparison and one addition, without a branch to mispredict. Eight rows go
/// down a tree together: their steps do not wait for one another. Rows are taken in blocks that stay in
/// the first-level cache while all trees pass over them.
///
/// Values are compared as integers of the same order, because a compiler is free to make a branch of a
/// comparison of floats, and did. A missing value has to take the side that its node says: each row
/// is held twice, with the least and with the greatest integer for what is missing, and a node reads from
/// the copy that sends it the right way.
struct TreeScorer: Sendable {
  /// Trees deeper than this would grow too much by padding.
  static let deepest = 8
  private static let blockRows = 32
  private static let lanes = 8

  struct Node {
    /// Keys from here on go right.
    var threshold: Int32
    /// The column, counted over both copies of the row.
    var column: Int32
  }

  private struct Layout {
    var depth: Int
    var firstNode: Int
    var firstLeaf: Int
  }

  private let columnCount: Int
  private let baseScore: Float
  private let trees: [Layout]
  /// Of each tree: `2^depth` nodes, of which the first is not used.
  private let nodes: [Node]
  /// Of each tree: `2^depth` leaves.
  private let leaves: [Float]

  /// A scorer; nil when a tree is too deep for it.
  init?(_ ensemble: TreeEnsemble) {
    columnCount = ensemble.columnCount
    baseScore = ensemble.baseScore
    var trees: [Layout] = []
    var nodes: [Node] = []
    var leaves: [Float] = []
    for tree in ensemble.trees {
      let depth = tree.depth
      guard depth <= Self.deepest else { return nil }
      trees.append(Layout(depth: depth, firstNode: nodes.count, firstLeaf: leaves.count))
      var padded = Padded(depth: depth)
      padded.pad(tree, node: 0, place: 1) { [columnCount] column, goesLeft in
        column + (goesLeft ? 0 : Int32(columnCount))
      }
      nodes += padded.nodes
      leaves += padded.leaves
    }
    self.trees = trees
    self.nodes = nodes
    self.leaves = leaves
  }

  /// A complete tree: `2^depth` nodes, of which the first is not used, and as many leaves.
  struct Padded {
    private(set) var nodes: [Node]
    private(set) var leaves: [Float]

    init(depth: Int) {
      nodes = [Node](repeating: Node(threshold: 0, column: 0), count: 1 << depth)
      leaves = [Float](repeating: 0, count: 1 << depth)
    }

    /// Writes a subtree to its place. A leaf above the last level fills all places below it: whichever way a row
    /// takes there, it ends at the same value.
    ///
    /// - Parameter column: where a node finds the value of a column, given whether a missing one goes left.
    mutating func pad(
      _ tree: TreeEnsemble.Tree, node: Int, place: Int,
      column: (_ column: Int32, _ missingGoesLeft: Bool) -> Int32
    ) {
      guard place < nodes.count else {
        leaves[place - nodes.count] = tree.values[node]
        return
      }
      var (left, right) = (node, node)
      if tree.leftChildren[node] >= 0 {
        nodes[place] = Node(
          threshold: TreeScorer.key(tree.values[node]),
          column: column(tree.columns[node], tree.missingGoesLeft[node]))
        (left, right) = (Int(tree.leftChildren[node]), Int(tree.rightChildren[node]))
      }
      pad(tree, node: left, place: place * 2, column: column)
      pad(tree, node: right, place: place * 2 + 1, column: column)
    }
  }

  /// An integer that is ordered as the number is; both zeros are one.
  @inline(__always)
  static func key(_ value: Float) -> Int32 {
    let bits = Int32(bitPattern: (value + 0).bitPattern)
    return bits ^ ((bits >> 31) & .max)
  }

  /// The sums of rows of `columnCount` columns. O(rows * trees * depth).
  func scores(_ rows: FeatureMatrix) -> [Float] {
    var scores = [Float](repeating: baseScore, count: rows.rows)
    let stride = columnCount * 2
    var block = [Int32](repeating: 0, count: Self.blockRows * stride)
    rows.values.withUnsafeBufferPointer { values in
      block.withUnsafeMutableBufferPointer { block in
        scores.withUnsafeMutableBufferPointer { scores in
          var first = 0
          while first < rows.rows {
            let count = min(Self.blockRows, rows.rows - first)
            fill(block, from: values, first: first, count: count)
            add(block, to: scores, first: first, count: count)
            first += count
          }
        }
      }
    }
    return scores
  }

  /// Lays out both copies of some rows; the last lanes of an odd block repeat what is there.
  private func fill(
    _ block: UnsafeMutableBufferPointer<Int32>, from values: UnsafeBufferPointer<Float>, first: Int,
    count: Int
  ) {
    for row in 0..<count {
      let source = (first + row) * columnCount
      let target = row * columnCount * 2
      for column in 0..<columnCount {
        let value = values[source + column]
        let isMissing = value.isNaN
        let key = Self.key(value)
        block[target + column] = isMissing ? .min : key
        block[target + columnCount + column] = isMissing ? .max : key
      }
    }
  }

  /// Adds every tree's leaf to the sums of a block's rows, tree by tree in their order.
  private func add(
    _ block: UnsafeMutableBufferPointer<Int32>, to scores: UnsafeMutableBufferPointer<Float>,
    first: Int, count: Int
  ) {
    guard let values = block.baseAddress, let sums = scores.baseAddress else { return }
    let stride = columnCount * 2
    nodes.withUnsafeBufferPointer { nodes in
      leaves.withUnsafeBufferPointer { leaves in
        guard let nodes = nodes.baseAddress, let leaves = leaves.baseAddress else { return }
        for tree in trees {
          let (nodes, leaves) = (nodes + tree.firstNode, leaves + tree.firstLeaf)
          var row = 0
          while row + Self.lanes <= count {
            Self.addEight(
              nodes, leaves, tree.depth, values + row * stride, stride, sums + first + row)
            row += Self.lanes
          }
          while row < count {
            let leaf = Self.leaf(nodes, tree.depth, values + row * stride)
            sums[first + row] += leaves[leaf]
            row += 1
          }
        }
      }
    }
  }

  @inline(__always)
  private static func step(
    _ nodes: UnsafePointer<Node>, _ place: Int, _ row: UnsafePointer<Int32>
  ) -> Int {
    let node = nodes[place]
    // The sign of the difference, spread over all bits: -1 goes left.
    let goesLeft = (Int(row[Int(node.column)]) &- Int(node.threshold)) >> (Int.bitWidth - 1)
    return place &+ place &+ 1 &+ goesLeft
  }

  private static func leaf(
    _ nodes: UnsafePointer<Node>, _ depth: Int, _ row: UnsafePointer<Int32>
  ) -> Int {
    var place = 1
    for _ in 0..<depth { place = step(nodes, place, row) }
    return place - 1 << depth
  }

  /// One tree, eight rows side by side.
  private static func addEight(
    _ nodes: UnsafePointer<Node>, _ leaves: UnsafePointer<Float>, _ depth: Int,
    _ rows: UnsafePointer<Int32>, _ stride: Int, _ sums: UnsafeMutablePointer<Float>
  ) {
    var (a, b, c, d, e, f, g, h) = (1, 1, 1, 1, 1, 1, 1, 1)
    for _ in 0..<depth {
      a = step(nodes, a, rows)
      b = step(nodes, b, rows + stride)
      c = step(nodes, c, rows + 2 &* stride)
      d = step(nodes, d, rows + 3 &* stride)
      e = step(nodes, e, rows + 4 &* stride)
      f = step(nodes, f, rows + 5 &* stride)
      g = step(nodes, g, rows + 6 &* stride)
      h = step(nodes, h, rows + 7 &* stride)
    }
    let leaves = leaves - (1 << depth)
    sums[0] += leaves[a]
    sums[1] += leaves[b]
    sums[2] += leaves[c]
    sums[3] += leaves[d]
    sums[4] += leaves[e]
    sums[5] += leaves[f]
    sums[6] += leaves[g]
    sums[7] += leaves[h]
  }
}

extension TreeEnsemble.Tree {
  /// Number of splits on the longest way from the root to a leaf. Children come after their parents.
  var depth: Int {
    var depths = [Int](repeating: 0, count: leftChildren.count)
    var deepest = 0
    for node in leftChildren.indices where leftChildren[node] >= 0 {
      for child in [Int(leftChildren[node]), Int(rightChildren[node])] {
        depths[child] = depths[node] + 1
        deepest = max(deepest, depths[child])
      }
    }
    return deepest
  }
}
