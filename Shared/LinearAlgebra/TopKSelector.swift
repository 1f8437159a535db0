/// Keeps the `capacity` best of a stream of scores, without allocating while it runs.
///
/// A bounded heap whose root is the worst that is kept. Equal scores are ordered by row, lowest first:
/// rows are laid out by item key, so that ties break by item. Scores that are not finite are never kept.
/// O(n) for n scores in random order, O(n log k) at worst.
public final class TopKSelector {
  /// How many are kept at most.
  public let capacity: Int
  /// How many are kept now.
  public private(set) var count = 0
  private let scores: UnsafeMutablePointer<Float>
  private let rows: UnsafeMutablePointer<Int32>

  /// A selector of the `capacity` best.
  public init(capacity: Int) {
    self.capacity = max(0, capacity)
    scores = .allocate(capacity: max(1, capacity))
    rows = .allocate(capacity: max(1, capacity))
  }

  deinit {
    scores.deallocate()
    rows.deallocate()
  }

  /// Forgets all that was kept.
  public func removeAll() { count = 0 }

  /// Scores below this one need not be offered.
  public var threshold: Float { count < capacity || capacity == 0 ? -.infinity : scores[0] }

  /// Offers one score.
  @inline(__always)
  public func offer(_ score: Float, row: Int32) {
    if count == capacity {
      guard count > 0, score >= scores[0], score.isFinite else { return }
      guard score > scores[0] || row < rows[0] else { return }
      siftDown(score, row)
    } else if score.isFinite {
      siftUp(score, row)
    }
  }

  /// Offers the scores of neighbouring rows.
  public func offer(_ block: UnsafeBufferPointer<Float>, firstRow: Int32) {
    guard let base = block.baseAddress else { return }
    for index in 0..<block.count {
      // The usual case is a score that is too low: leave at once.
      if count == capacity, count > 0, !(base[index] >= scores[0]) { continue }
      offer(base[index], row: firstRow &+ Int32(truncatingIfNeeded: index))
    }
  }

  /// Takes out what was kept, best first, and leaves the selector empty.
  public func drain(_ body: (_ row: Int32, _ score: Float) -> Void) {
    let kept = count
    // Heap sort: the worst goes to the end, again and again.
    while count > 1 {
      let (score, row) = (scores[0], rows[0])
      let last = count - 1
      count = last
      siftDown(scores[last], rows[last])
      scores[last] = score
      rows[last] = row
    }
    for index in 0..<kept { body(rows[index], scores[index]) }
    count = 0
  }

  /// Takes out what was kept, best first.
  public func drained() -> (rows: [Int32], scores: [Float]) {
    var result = (rows: [Int32](), scores: [Float]())
    result.rows.reserveCapacity(count)
    result.scores.reserveCapacity(count)
    drain { row, score in
      result.rows.append(row)
      result.scores.append(score)
    }
    return result
  }

  /// Whether the entry at `left` is worse than the one given.
  @inline(__always)
  private func isWorse(_ left: Int, _ score: Float, _ row: Int32) -> Bool {
    scores[left] < score || (scores[left] == score && rows[left] > row)
  }

  private func siftUp(_ score: Float, _ row: Int32) {
    var hole = count
    count += 1
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard !isWorse(parent, score, row) else { break }
      scores[hole] = scores[parent]
      rows[hole] = rows[parent]
      hole = parent
    }
    scores[hole] = score
    rows[hole] = row
  }

  private func siftDown(_ score: Float, _ row: Int32) {
    var hole = 0
    while true {
      var child = 2 * hole + 1
      guard child < count else { break }
      if child + 1 < count, isWorse(child + 1, scores[child], rows[child]) { child += 1 }
      guard isWorse(child, score, row) else { break }
      scores[hole] = scores[child]
      rows[hole] = rows[child]
      hole = child
    }
    scores[hole] = score
    rows[hole] = row
  }
}
