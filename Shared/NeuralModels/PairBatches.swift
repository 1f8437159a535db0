internal import Models
internal import RecommendationCore
internal import Recommenders

/// Pairs of a user and an item for learning from single acts.
struct PairBatches: Sendable {
  let byUser: SparseRows
  let itemCount: Int
  /// Pairs of a batch, those that are drawn against them not counted.
  let batchSize: Int

  /// A batch: users, the items they took, and items that they did not take, several for each pair.
  struct Batch: Sendable {
    var users: [Int64] = []
    var items: [Int64] = []
    /// `negatives` for each pair, one after the other.
    var others: [Int64] = []
  }

  /// The batches of a pass in an order drawn from the generator.
  ///
  /// - Parameter negatives: items drawn evenly against each pair.
  func pass(negatives: Int, _ generator: inout SeededGenerator) -> [Batch] {
    var pairs: [(user: Int32, item: Int32)] = []
    pairs.reserveCapacity(byUser.columns.count)
    for user in 0..<byUser.rowCount {
      for entry in byUser.range(user) {
        pairs.append((Int32(truncatingIfNeeded: user), byUser.columns[entry]))
      }
    }
    pairs.shuffle(using: &generator)
    return stride(from: 0, to: pairs.count, by: batchSize).map { start in
      var batch = Batch()
      for pair in pairs[start..<min(pairs.count, start + batchSize)] {
        batch.users.append(Int64(pair.user))
        batch.items.append(Int64(pair.item))
        for _ in 0..<negatives { batch.others.append(other(Int(pair.user), &generator)) }
      }
      return batch
    }
  }

  /// An item that a user did not take; any where it took nearly all.
  private func other(_ user: Int, _ generator: inout SeededGenerator) -> Int64 {
    let taken = byUser.columns[byUser.range(user)]
    var item = Int32.random(in: 0..<Int32(itemCount), using: &generator)
    for _ in 0..<8 where Self.contains(taken, item) {
      item = Int32.random(in: 0..<Int32(itemCount), using: &generator)
    }
    return Int64(item)
  }

  /// Whether a rising list has an item.
  private static func contains(_ list: ArraySlice<Int32>, _ item: Int32) -> Bool {
    var (low, high) = (list.startIndex, list.endIndex)
    while low < high {
      let middle = (low + high) / 2
      if list[middle] < item { low = middle + 1 } else { high = middle }
    }
    return low < list.endIndex && list[low] == item
  }
}
