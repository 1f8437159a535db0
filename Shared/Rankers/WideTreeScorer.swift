internal import CTrees
internal import RecommendationCore

/// The same as ``TreeScorer`` with sixteen rows side by side in vector registers, on machines that have them
/// (AVX-512): a level's nodes are permuted within registers, and only the columns that nodes read are laid out.
struct WideTreeScorer: Sendable {
  private let columnCount: Int
  private let baseScore: Float
  private let forest: Forest

  /// A scorer; nil when a tree is too deep for it, or the machine is without its instructions.
  init?(_ ensemble: TreeEnsemble) {
    guard ctrees_is_available() != 0, let forest = Forest(ensemble) else { return nil }
    columnCount = ensemble.columnCount
    baseScore = ensemble.baseScore
    self.forest = forest
  }

  /// The sums of rows of the model's columns. O(rows * trees * depth).
  func scores(_ rows: FeatureMatrix) -> [Float] {
    var scores = [Float](repeating: baseScore, count: rows.rows)
    guard rows.rows > 0, rows.columns == columnCount else { return scores }
    withUnsafeTemporaryAllocation(
      of: Int32.self, capacity: Int(CTREES_BLOCK) * 2 * forest.view.column_count
    ) { block in
      guard let block = block.baseAddress else { return }
      var view = forest.view
      ctrees_add(&view, rows.values, rows.rows, columnCount, block, &scores)
    }
    return scores
  }
}

/// Trees as C reads them.
// Sendable by hand: nothing changes the memory after it was filled.
private final class Forest: @unchecked Sendable {
  let view: ctrees_forest
  private let integers: UnsafeMutablePointer<Int32>
  private let leaves: UnsafeMutablePointer<Float>

  init?(_ ensemble: TreeEnsemble) {
    let columns = Self.columns(ensemble)
    let placeOf = Dictionary(
      zip(columns, Int32(0)...), uniquingKeysWith: { first, _ in first })
    var table: (depths: [Int32], nodes: [Int32], leaves: [Int32]) = ([], [], [])
    var (thresholds, places, values) = ([Int32](), [Int32](), [Float]())
    for tree in ensemble.trees {
      guard tree.depth <= TreeScorer.deepest else { return nil }
      var padded = TreeScorer.Padded(depth: tree.depth)
      padded.pad(tree, node: 0, place: 1) { column, goesLeft in
        (placeOf[column] ?? 0) + (goesLeft ? 0 : Int32(columns.count))
      }
      let room = max(padded.nodes.count, Int(CTREES_LEAST_NODES)) - padded.nodes.count
      table.depths.append(Int32(tree.depth))
      table.nodes.append(Int32(truncatingIfNeeded: thresholds.count))
      table.leaves.append(Int32(truncatingIfNeeded: values.count))
      thresholds += padded.nodes.map(\.threshold) + [Int32](repeating: 0, count: room)
      places += padded.nodes.map(\.column) + [Int32](repeating: 0, count: room)
      values += padded.leaves
    }
    let parts = [table.depths, table.nodes, table.leaves, thresholds, places, columns]
    let all = parts.flatMap { $0 }
    integers = .allocate(capacity: all.count)
    integers.initialize(from: all, count: all.count)
    leaves = .allocate(capacity: max(1, values.count))
    leaves.initialize(from: values, count: values.count)
    var starts: [UnsafePointer<Int32>] = []
    var start = 0
    for part in parts {
      starts.append(UnsafePointer(integers + start))
      start += part.count
    }
    view = ctrees_forest(
      tree_count: ensemble.trees.count, depths: starts[0], first_nodes: starts[1],
      first_leaves: starts[2], thresholds: starts[3], places: starts[4],
      leaves: UnsafePointer(leaves), columns: starts[5], column_count: columns.count)
  }

  deinit {
    integers.deallocate()
    leaves.deallocate()
  }

  /// The columns that nodes read, filled up to whole registers.
  private static func columns(_ ensemble: TreeEnsemble) -> [Int32] {
    var read = Set<Int32>()
    for tree in ensemble.trees {
      for node in tree.leftChildren.indices where tree.leftChildren[node] >= 0 {
        read.insert(tree.columns[node])
      }
    }
    let lanes = Int(CTREES_LANES)
    let room = max(1, (read.count + lanes - 1) / lanes) * lanes - read.count
    return read.sorted() + [Int32](repeating: 0, count: room)
  }
}
