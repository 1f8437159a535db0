internal import CVectors
import LinearAlgebra
import Synchronization

/// What one search of an inverted file needs.
// Sendable by hand: it belongs to one search at a time, handed over through the pool's mutex.
final class InvertedScratch: @unchecked Sendable {
  let query: UnsafeMutablePointer<Int8>
  let listScores: UnsafeMutablePointer<Float>
  let order: UnsafeMutablePointer<Int32>
  let rows: UnsafeMutablePointer<Int32>
  let scores: UnsafeMutablePointer<Float>
  let keys: UnsafeMutablePointer<UInt64>
  let selector: TopKSelector
  let capacity: Int

  init(header: InvertedHeader, wanted: Int, capacity: Int) {
    self.capacity = capacity
    selector = TopKSelector(capacity: wanted)
    query = .allocate(capacity: header.dimensions + 15)
    listScores = .allocate(capacity: header.lists)
    order = .allocate(capacity: header.lists)
    rows = .allocate(capacity: capacity)
    scores = .allocate(capacity: capacity)
    keys = .allocate(capacity: max(capacity, header.lists))
  }

  deinit {
    query.deallocate()
    listScores.deallocate()
    order.deallocate()
    rows.deallocate()
    scores.deallocate()
    keys.deallocate()
  }
}

/// Scratch that waits for the next search.
final class InvertedScratchPool: Sendable {
  private let free = Mutex<[InvertedScratch]>([])

  func with<Result>(
    header: InvertedHeader, wanted: Int, capacity: Int,
    _ body: (InvertedScratch) throws -> Result
  ) rethrows -> Result {
    let waiting = free.withLock { $0.popLast() }
    let scratch =
      waiting.flatMap { $0.selector.capacity == wanted && $0.capacity == capacity ? $0 : nil }
      ?? InvertedScratch(header: header, wanted: wanted, capacity: capacity)
    defer { free.withLock { $0.append(scratch) } }
    return try body(scratch)
  }
}
