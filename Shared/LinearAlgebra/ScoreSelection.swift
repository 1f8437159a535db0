/// Picks the best of many scores that lie in memory, when a good part of them is wanted.
///
/// Where k is a few percent of n, a heap's steps down its tree cost more than a look at every score: here
/// a histogram over the scores' range finds a bar that about k of them reach, and only those are sorted.
/// The order is that of ``TopKSelector``: best first, ties by row, scores that are not finite never.
/// O(n + k log k) unless nearly all scores lie close together.
public final class ScoreSelection {
  private static let buckets = 1024
  private let counts: UnsafeMutablePointer<Int32>
  /// Score in the upper half, mapped so that integers order as floats do; turned-over row in the lower.
  private var keys: [UInt64] = []

  /// Scratch memory for selections, one at a time.
  public init() { counts = .allocate(capacity: Self.buckets) }

  deinit { counts.deallocate() }

  /// Calls the body with the best scores, best first.
  ///
  /// - Parameters:
  ///   - scores: the score of each row; those of rows that may not be picked are -infinity.
  ///   - count: how many at most.
  public func select(
    _ scores: UnsafeBufferPointer<Float>, count wanted: Int,
    _ body: (_ row: Int32, _ score: Float) -> Void
  ) {
    guard wanted > 0, let bar = bar(scores, wanted) else { return }
    keys.removeAll(keepingCapacity: true)
    for (row, score) in scores.enumerated() where score >= bar && score.isFinite {
      keys.append(Self.key(score, UInt32(truncatingIfNeeded: row)))
    }
    keys.sort(by: >)
    for key in keys.prefix(wanted) {
      let row = ~UInt32(truncatingIfNeeded: key)
      body(Int32(truncatingIfNeeded: row), scores[Int(row)])
    }
  }

  /// A score that at least `wanted` scores reach (or all finite ones); nil when none is finite.
  private func bar(_ scores: UnsafeBufferPointer<Float>, _ wanted: Int) -> Float? {
    var lowest = Float.infinity
    var highest = -Float.infinity
    for score in scores where score.isFinite {
      lowest = score < lowest ? score : lowest
      highest = score > highest ? score : highest
    }
    guard lowest <= highest else { return nil }
    let scale = Float(Self.buckets - 1) / (highest - lowest)
    // All alike, or so far apart that the difference overflows: no histogram helps.
    guard scores.count > wanted, scale.isFinite, scale > 0 else { return lowest }
    counts.update(repeating: 0, count: Self.buckets)
    for score in scores where score.isFinite { counts[Int((score - lowest) * scale)] += 1 }
    var reached = 0
    var bucket = Self.buckets - 1
    while bucket > 0 {
      reached += Int(counts[bucket])
      if reached >= wanted { break }
      bucket -= 1
    }
    guard bucket > 0 else { return lowest }
    // One bucket lower than the histogram says: rounding may put a score of this bucket below its edge.
    return lowest + Float(bucket - 1) / scale
  }

  private static func key(_ score: Float, _ row: UInt32) -> UInt64 {
    // -0 and 0 are equal scores: adding 0 makes them one.
    let bits = (score + 0).bitPattern
    let ordered = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    return UInt64(ordered) << 32 | UInt64(~row)
  }
}
