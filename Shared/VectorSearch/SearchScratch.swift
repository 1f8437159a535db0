import LinearAlgebra
import Synchronization

/// What one search needs beside its index: a block of scores and the best so far.
// Sendable by hand: it belongs to one search at a time, handed over through the pool's mutex.
final class SearchScratch: @unchecked Sendable {
  /// Rows of a block: their products fit the first-level cache.
  static let block = 4096
  let scores: UnsafeMutablePointer<Float>
  let rows: UnsafeMutablePointer<Int32>
  let selector: TopKSelector
  let selection = ScoreSelection()
  private var wholeScores: UnsafeMutablePointer<Float>?
  private var wholeCount = 0

  init(capacity: Int) {
    scores = .allocate(capacity: Self.block)
    rows = .allocate(capacity: Self.block)
    selector = TopKSelector(capacity: capacity)
  }

  deinit {
    scores.deallocate()
    rows.deallocate()
    wholeScores?.deallocate()
  }

  /// Room for a score of each row.
  func whole(_ count: Int) -> UnsafeMutablePointer<Float> {
    if let wholeScores, wholeCount >= count { return wholeScores }
    wholeScores?.deallocate()
    let made = UnsafeMutablePointer<Float>.allocate(capacity: count)
    (wholeScores, wholeCount) = (made, count)
    return made
  }
}

/// Scratch that waits for the next search, so that a search allocates nothing but its answer.
final class SearchScratchPool: Sendable {
  private let free = Mutex<[SearchScratch]>([])

  /// Lends scratch whose selector keeps `capacity` rows.
  func with<Result>(
    capacity: Int, _ body: (SearchScratch) throws -> Result
  ) rethrows -> Result {
    let waiting = free.withLock { free in
      free.lastIndex { $0.selector.capacity == capacity }.map { free.remove(at: $0) }
        ?? (free.count > 8 ? free.removeLast() : nil)
    }
    let scratch =
      waiting.flatMap { $0.selector.capacity == capacity ? $0 : nil }
      ?? SearchScratch(capacity: capacity)
    defer { free.withLock { $0.append(scratch) } }
    return try body(scratch)
  }
}
