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
  private var wholeScores: UnsafeMutablePointer<Float>?
  private var wholeKeys: UnsafeMutablePointer<UInt64>?
  private var wholeCount = 0
  private var upperBounds: UnsafeMutablePointer<Float>?
  private var upperCount = 0
  private var wholePlaces: UnsafeMutablePointer<Int32>?
  private var placeCount = 0

  init(capacity: Int) {
    // Also of use for the results of a selection.
    scores = .allocate(capacity: max(Self.block, capacity))
    rows = .allocate(capacity: max(Self.block, capacity))
    selector = TopKSelector(capacity: capacity)
  }

  deinit {
    scores.deallocate()
    rows.deallocate()
    wholeScores?.deallocate()
    wholeKeys?.deallocate()
    upperBounds?.deallocate()
    wholePlaces?.deallocate()
  }

  /// Room for a second score of each row.
  func bounds(_ count: Int) -> UnsafeMutablePointer<Float> {
    if let upperBounds, upperCount >= count { return upperBounds }
    upperBounds?.deallocate()
    let bounds = UnsafeMutablePointer<Float>.allocate(capacity: count)
    (upperBounds, upperCount) = (bounds, count)
    return bounds
  }

  /// Room for the number of each row.
  func places(_ count: Int) -> UnsafeMutablePointer<Int32> {
    if let wholePlaces, placeCount >= count { return wholePlaces }
    wholePlaces?.deallocate()
    let places = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    (wholePlaces, placeCount) = (places, count)
    return places
  }

  /// Room for a score and a key of each row.
  func whole(
    _ count: Int
  ) -> (scores: UnsafeMutablePointer<Float>, keys: UnsafeMutablePointer<UInt64>) {
    if let wholeScores, let wholeKeys, wholeCount >= count { return (wholeScores, wholeKeys) }
    wholeScores?.deallocate()
    wholeKeys?.deallocate()
    let scores = UnsafeMutablePointer<Float>.allocate(capacity: count)
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    (wholeScores, wholeKeys, wholeCount) = (scores, keys, count)
    return (scores, keys)
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
