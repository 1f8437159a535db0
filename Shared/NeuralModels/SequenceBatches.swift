internal import RecommendationCore
internal import Recommenders

/// A pass over ordered histories, cut into windows, in batches of shards.
struct SequenceBatches: Sendable {
  let histories: Histories
  /// Places of a window at most.
  let length: Int
  /// Windows of a batch.
  let batchSize: Int
  let shards: Int

  /// The batches of a pass, each one packed part a shard, in an order drawn from the generator.
  func pass(_ generator: inout SeededGenerator) -> [[PackedSequences]] {
    var windows = windows(&generator)
    windows.shuffle(using: &generator)
    return stride(from: 0, to: windows.count, by: batchSize).map { start in
      packed(Array(windows[start..<min(windows.count, start + batchSize)]))
    }
  }

  /// Ranges of entries of the histories; each entry but a history's first is a target in one of them.
  ///
  /// A history that is longer than a window is cut at places that move from pass to pass, so that no item is
  /// lost and each is seen with contexts of all lengths.
  func windows(_ generator: inout SeededGenerator) -> [Range<Int>] {
    var windows: [Range<Int>] = []
    for user in 0..<histories.userCount {
      let entries = histories.range(user)
      guard entries.count > 1 else { continue }
      guard entries.count > length + 1 else {
        windows.append(entries)
        continue
      }
      var end = entries.upperBound
      // The first cut is anywhere; a rest of a few places would be learned from without context.
      var places = Int.random(in: max(1, length / 2)...length, using: &generator)
      while end > entries.lowerBound + 1 {
        let start = max(entries.lowerBound, end - 1 - places)
        windows.append(start..<end)
        end = start + 1
        places = length
      }
    }
    return windows
  }

  /// The longest first, each to the shard with the fewest places.
  private func packed(_ windows: [Range<Int>]) -> [PackedSequences] {
    var parts = [PackedSequences](repeating: PackedSequences(), count: shards)
    for window in windows.sorted(by: { ($0.count, $1.lowerBound) > ($1.count, $0.lowerBound) }) {
      var lightest = 0
      for shard in parts.indices where parts[shard].items.count < parts[lightest].items.count {
        lightest = shard
      }
      parts[lightest].add(histories.items[window])
    }
    return parts
  }
}
