/// Takes the margin of one tree apart by column: path-dependent TreeSHAP (Lundberg et al. 2020, algorithm 2), as
/// LightGBM's `pred_contrib` does.
///
/// O(leaves · depth²) a row.
struct LightGBMAttribution {
  let tree: LightGBMModel.Tree

  /// A column on the way to a node: the shares of training rows, and of this row, that its splits let through, and
  /// the weight of sets of columns of one size.
  private struct Step {
    var column: Int
    var zeros: Double
    var ones: Double
    var weight: Double
  }

  /// Adds each column's part.
  func add(to parts: inout [Double], _ row: (Int) -> Double) {
    guard !tree.splits.isEmpty else { return }
    walk(0, path: [], zeros: 1, ones: 1, column: -1, row, &parts)
  }

  private func walk(
    _ node: Int32, path: [Step], zeros: Double, ones: Double, column: Int, _ row: (Int) -> Double,
    _ parts: inout [Double]
  ) {
    var path = path
    Self.extend(&path, zeros: zeros, ones: ones, column: column)
    guard node >= 0 else {
      let value = tree.leaves[Int(-1 - node)]
      for index in path.indices.dropFirst() {
        let step = path[index]
        parts[step.column] +=
          Self.weightWithout(path, index) * (step.ones - step.zeros) * value
      }
      return
    }
    let split = tree.splits[Int(node)]
    let next = Int(split.column)
    let isLeft = tree.goesLeft(split, row(next))
    var (seenZeros, seenOnes) = (1.0, 1.0)
    // A column that was asked before counts once, with the product of its shares.
    if let earlier = path.firstIndex(where: { $0.column == next }) {
      (seenZeros, seenOnes) = (path[earlier].zeros, path[earlier].ones)
      Self.unwind(&path, earlier)
    }
    let total = tree.count(split.left) + tree.count(split.right)
    for (child, isTaken) in [(split.left, isLeft), (split.right, !isLeft)] {
      let zeros = seenZeros * (total > 0 ? tree.count(child) / total : 0.5)
      let ones = isTaken ? seenOnes : 0
      // Where neither training rows nor this row go, nothing counts.
      if zeros == 0, ones == 0 { continue }
      walk(child, path: path, zeros: zeros, ones: ones, column: next, row, &parts)
    }
  }

  private static func extend(_ path: inout [Step], zeros: Double, ones: Double, column: Int) {
    let depth = path.count
    path.append(Step(column: column, zeros: zeros, ones: ones, weight: depth == 0 ? 1 : 0))
    for index in stride(from: depth - 1, through: 0, by: -1) {
      path[index + 1].weight += ones * path[index].weight * Double(index + 1) / Double(depth + 1)
      path[index].weight = zeros * path[index].weight * Double(depth - index) / Double(depth + 1)
    }
  }

  private static func unwind(_ path: inout [Step], _ place: Int) {
    let depth = path.count - 1
    let (zeros, ones) = (path[place].zeros, path[place].ones)
    var next = path[depth].weight
    for index in stride(from: depth - 1, through: 0, by: -1) {
      if ones != 0 {
        let kept = path[index].weight
        path[index].weight = next * Double(depth + 1) / (Double(index + 1) * ones)
        next = kept - path[index].weight * zeros * Double(depth - index) / Double(depth + 1)
      } else {
        path[index].weight =
          path[index].weight * Double(depth + 1) / (zeros * Double(depth - index))
      }
    }
    for index in place..<depth {
      path[index].column = path[index + 1].column
      path[index].zeros = path[index + 1].zeros
      path[index].ones = path[index + 1].ones
    }
    path.removeLast()
  }

  /// The sum of the weights when a step is taken out.
  private static func weightWithout(_ path: [Step], _ place: Int) -> Double {
    let depth = path.count - 1
    let (zeros, ones) = (path[place].zeros, path[place].ones)
    var next = path[depth].weight
    var total = 0.0
    for index in stride(from: depth - 1, through: 0, by: -1) {
      if ones != 0 {
        let weight = next * Double(depth + 1) / (Double(index + 1) * ones)
        total += weight
        next = path[index].weight - weight * zeros * Double(depth - index) / Double(depth + 1)
      } else if zeros != 0 {
        total += path[index].weight / (zeros * Double(depth - index) / Double(depth + 1))
      }
    }
    return total
  }
}

extension LightGBMModel.Tree {
  /// Training rows of a child.
  fileprivate func count(_ child: Int32) -> Double {
    child >= 0 ? splits[Int(child)].count : leafCounts[Int(-1 - child)]
  }

  /// The mean of the leaves over the training rows.
  var expectedValue: Double {
    let total = leafCounts.reduce(0, +)
    guard total > 0 else { return 0 }
    return zip(leaves, leafCounts).reduce(0) { $0 + $1.0 * $1.1 } / total
  }
}
