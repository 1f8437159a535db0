internal import Foundation
internal import RecommendationCore

/// Takes the scores of trees apart by column: path-dependent TreeSHAP (Lundberg et al. 2020), the same values as
/// XGBoost's, in time that grows with the nodes and not with nodes times depth squared.
///
/// A column's Shapley value in a leaf with `d` columns on its path is
/// `v (o - z) Σ_S |S|! (d-1-|S|)! / d! Π_{i in S} o_i Π_{i not in S} z_i` over the sets S of the other columns, where
/// `o` is 1 if the row goes the path's way at that column, else 0, and `z` is the share of the training rows that do.
/// Since `s! (d-1-s)! / d!` is the integral of `t^s (1-t)^(d-1-s)`, the sum is the integral over t of
/// `Π (z_i (1-t) + o_i t)`, a polynomial of degree d - 1, and Gauss and Legendre's rule with `n` points has it exactly
/// while `d <= 2n` (the polynomial of Yu et al. 2022, Linear TreeSHAP, at points of this rule). So one walk over a tree
/// carries the product at each point down, the sums over leaves up, and gives every edge its part on the way.
///
/// A column that occurs again further down counts once, with the product of its shares: the lower edge puts its factor
/// in the place of the upper one's, and takes back what the upper edge would count for the leaves below it.
struct TreeAttribution<Points: SIMD & Sendable>: Sendable where Points.Scalar == Float {
  /// Trees deeper than this need more points.
  static var deepest: Int { Points.scalarCount * 2 }

  /// A node, and the edge that leads to it.
  private struct Node {
    /// The column that its split reads; -1: a leaf.
    var column: Int32
    /// The left child, whose sibling stands after it.
    var left: Int32
    /// The threshold, or the leaf's value.
    var value: Float
    var missingGoesLeft: Bool
    /// The nearest edge above that asks the same column as this node's edge, by its node; -1: none.
    var upper: Int32
    /// The share of training rows at all edges of the column from the root down to here, and its inverse.
    var share: Float
    var inverseShare: Float
    /// One over the factor of the edge for a row that goes this way.
    var inverseTaken: Points
  }

  private let columnCount: Int
  private let bias: Double
  private let roots: [Int32]
  private let nodes: [Node]
  private let largestTree: Int
  private let points: Points
  private let complements: Points
  private let inverseComplements: Points
  private let weights: Points

  /// An attribution; nil when a tree is too deep for so many points, or the model does not tell how many training
  /// rows came to each node.
  init?(_ ensemble: TreeEnsemble) {
    columnCount = ensemble.columnCount
    let rule = GaussLegendre(count: Points.scalarCount)
    points = Points(rule.points.map { Float($0) })
    weights = Points(rule.weights.map { Float($0) })
    complements = 1 - points
    inverseComplements = 1 / complements
    var nodes: [Node] = []
    var roots: [Int32] = []
    var bias = Double(ensemble.baseScore)
    var largest = 0
    for tree in ensemble.trees {
      guard tree.depth <= Self.deepest, tree.covers.count == tree.values.count,
        tree.covers.allSatisfy({ $0 > 0 && $0.isFinite })
      else { return nil }
      let first = nodes.count
      roots.append(Int32(truncatingIfNeeded: first))
      var layout = Layout(tree: tree, first: first, points: points)
      layout.add()
      bias += layout.mean(0)
      nodes += layout.nodes
      largest = max(largest, layout.nodes.count)
    }
    self.nodes = nodes
    self.roots = roots
    self.bias = bias
    largestTree = largest
  }

  /// Contributions of every column to the scores of rows of `columnCount` columns, and the bias in the last place.
  ///
  /// - Complexity: O(rows × nodes × points).
  func contributions(_ rows: FeatureMatrix) -> FeatureMatrix {
    var result = FeatureMatrix(rows: rows.rows, columns: columnCount + 1)
    var sums = [Double](repeating: 0, count: columnCount)
    var taken = [Bool](repeating: false, count: largestTree)
    rows.values.withUnsafeBufferPointer { values in
      nodes.withUnsafeBufferPointer { nodes in
        sums.withUnsafeMutableBufferPointer { sums in
          taken.withUnsafeMutableBufferPointer { taken in
            guard let values = values.baseAddress, let nodes = nodes.baseAddress,
              let sums = sums.baseAddress, let taken = taken.baseAddress
            else { return }
            for row in 0..<rows.rows {
              sums.update(repeating: 0, count: columnCount)
              for root in roots {
                let walk = Walk(
                  row: values + row * columnCount, nodes: nodes, sums: sums,
                  taken: taken - Int(root), points: points, complements: complements,
                  inverseComplements: inverseComplements, weights: weights)
                _ = walk.descend(Int(root), Points(repeating: 1))
              }
              for column in 0..<columnCount { result[row, column] = Float(sums[column]) }
              result[row, columnCount] = Float(bias)
            }
          }
        }
      }
    }
    return result
  }

  /// One row's way through one tree.
  private struct Walk {
    let row: UnsafePointer<Float>
    let nodes: UnsafePointer<Node>
    let sums: UnsafeMutablePointer<Double>
    /// By node: whether the row goes the way of all edges of the column down to here.
    let taken: UnsafeMutablePointer<Bool>
    let points: Points
    let complements: Points
    let inverseComplements: Points
    let weights: Points

    /// Adds the parts of all edges below a node.
    ///
    /// - Parameter product: of the factors of all columns on the way here.
    /// - Returns: the sum over the leaves below of value, weight and product.
    func descend(_ index: Int, _ product: Points) -> Points {
      let node = nodes[index]
      guard node.column >= 0 else { return product * weights * node.value }
      let column = Int(node.column)
      let value = row[column]
      let goesLeft = value.isNaN ? node.missingGoesLeft : value < node.value
      let left = Int(node.left)
      return edge(to: left, column, isTaken: goesLeft, product)
        + edge(to: left + 1, column, isTaken: !goesLeft, product)
    }

    @inline(__always)
    private func edge(to index: Int, _ column: Int, isTaken: Bool, _ product: Points) -> Points {
      let node = nodes[index]
      let upper = Int(node.upper)
      let isOn = upper >= 0 ? taken[upper] && isTaken : isTaken
      taken[index] = isOn
      let inverse = isOn ? node.inverseTaken : inverseComplements * node.inverseShare
      var factor = complements * node.share
      if isOn { factor += points }
      guard upper >= 0 else {
        let sum = descend(index, product * factor)
        sums[column] += Double((isOn ? 1 : 0) - node.share) * Double((sum * inverse).sum())
        return sum
      }
      let above = nodes[upper]
      let upperIsOn = taken[upper]
      let upperInverse =
        upperIsOn ? above.inverseTaken : inverseComplements * above.inverseShare
      let sum = descend(index, product * upperInverse * factor)
      sums[column] +=
        Double((isOn ? 1 : 0) - node.share) * Double((sum * inverse).sum())
        - Double((upperIsOn ? 1 : 0) - above.share) * Double((sum * upperInverse).sum())
      return sum
    }
  }

  /// Writes a tree's nodes with siblings side by side.
  private struct Layout {
    let tree: TreeEnsemble.Tree
    let first: Int
    let points: Points
    var nodes: [Node] = []
    /// The tree's node of each written one.
    private var origins: [Int] = []

    init(tree: TreeEnsemble.Tree, first: Int, points: Points) {
      self.tree = tree
      self.first = first
      self.points = points
    }

    mutating func add() {
      append(origin: 0, upper: -1, share: 1)
      var path: [(column: Int32, node: Int)] = []
      expand(0, &path)
    }

    private mutating func append(origin: Int, upper: Int, share: Float) {
      let isLeaf = tree.leftChildren[origin] < 0
      let inverse = 1 / ((1 - points) * share + points)
      nodes.append(
        Node(
          column: isLeaf ? -1 : tree.columns[origin], left: -1, value: tree.values[origin],
          missingGoesLeft: tree.missingGoesLeft[origin],
          upper: upper < 0 ? -1 : Int32(truncatingIfNeeded: first + upper), share: share,
          inverseShare: 1 / share, inverseTaken: inverse))
      origins.append(origin)
    }

    private mutating func expand(_ index: Int, _ path: inout [(column: Int32, node: Int)]) {
      let origin = origins[index]
      guard nodes[index].column >= 0 else { return }
      let column = nodes[index].column
      let upper = path.last { $0.column == column }?.node ?? -1
      let before = upper < 0 ? 1 : nodes[upper].share
      let left = nodes.count
      nodes[index].left = Int32(truncatingIfNeeded: first + left)
      for child in [tree.leftChildren[origin], tree.rightChildren[origin]] {
        let share = tree.covers[Int(child)] / tree.covers[origin]
        append(origin: Int(child), upper: upper, share: before * share)
      }
      for child in [left, left + 1] {
        path.append((column, child))
        expand(child, &path)
        path.removeLast()
      }
    }

    /// The mean of the leaves below a node, by training rows.
    func mean(_ node: Int) -> Double {
      let left = Int(tree.leftChildren[node])
      guard left >= 0 else { return Double(tree.values[node]) }
      let right = Int(tree.rightChildren[node])
      let share = Double(tree.covers[left]) / Double(tree.covers[node])
      let rightShare = Double(tree.covers[right]) / Double(tree.covers[node])
      return share * mean(left) + rightShare * mean(right)
    }
  }
}

/// The rule of Gauss and Legendre on 0...1: exact for polynomials of degree up to 2 count - 1.
struct GaussLegendre {
  let points: [Double]
  let weights: [Double]

  /// Points by Newton's method on Legendre's polynomial.
  init(count: Int) {
    var points: [Double] = []
    var weights: [Double] = []
    for index in 0..<count {
      var x = cos(.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
      var slope = 1.0
      for _ in 0..<50 {
        var (before, value) = (1.0, x)
        for degree in 2..<(count + 1) {
          let n = Double(degree)
          (before, value) = (value, ((2 * n - 1) * x * value - (n - 1) * before) / n)
        }
        slope = Double(count) * (x * value - before) / (x * x - 1)
        let step = value / slope
        x -= step
        if abs(step) < 1e-16 { break }
      }
      points.append((1 - x) / 2)
      weights.append(1 / ((1 - x * x) * slope * slope))
    }
    self.points = points
    self.weights = weights
  }
}
