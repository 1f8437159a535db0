/// Picks the best of a few thousand scored rows where a good part of them is wanted.
///
/// A heap pays a step of many comparisons, half of them guessed wrongly by the machine, for most rows then
/// (``TopKSelector`` is for the best few of many). Here a histogram over the scores' range finds how low one must
/// go; the rows above that are laid out by bucket, which leaves only those of one bucket to be sorted.
public enum BestRows {
  private static let buckets = 1024
  /// Up to so many rows of one bucket are sorted by insertion.
  private static let few = 24

  /// The best rows, best first; equal scores by row, lowest first. Scores that are not finite are left out.
  ///
  /// O(scores + wanted) for scores that spread over their range, O(scores + found · log found) at worst.
  ///
  /// - Parameters:
  ///   - rows: the row of each score, each once; 0 or more.
  ///   - wanted: how many at most.
  public static func select(
    _ scores: UnsafeBufferPointer<Float>, rows: UnsafeBufferPointer<Int32>, wanted: Int
  ) -> (rows: [Int32], scores: [Float]) {
    let count = min(scores.count, rows.count)
    guard count > 0, wanted > 0 else { return ([], []) }
    var (low, high) = (Float.infinity, -Float.infinity)
    for index in 0..<count where scores[index].isFinite {
      low = scores[index] < low ? scores[index] : low
      high = scores[index] > high ? scores[index] : high
    }
    guard low <= high else { return ([], []) }
    // Where all are alike or their difference overflows, everything falls into one bucket, and is sorted.
    let steps = Float(buckets - 1) / (high - low)
    let isSpread = steps.isFinite && steps > 0
    // 0 is for what is not finite.
    return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: count) { bucketOf in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: buckets + 1) { counts in
        counts.initialize(repeating: 0)
        for index in 0..<count {
          let score = scores[index]
          // Rounding keeps the order: a larger score never falls into a lower bucket.
          let place = isSpread && score.isFinite ? UInt16((score - low) * steps) : 0
          let bucket = score.isFinite ? place &+ 1 : 0
          bucketOf[index] = bucket
          counts[Int(bucket)] &+= 1
        }
        return found(scores, rows, count, bucketOf, counts, wanted)
      }
    }
  }

  /// - Parameter counts: how many scores each bucket has; spoilt afterwards.
  private static func found(
    _ scores: UnsafeBufferPointer<Float>, _ rows: UnsafeBufferPointer<Int32>, _ count: Int,
    _ bucketOf: UnsafeMutableBufferPointer<UInt16>, _ counts: UnsafeMutableBufferPointer<Int32>,
    _ wanted: Int
  ) -> (rows: [Int32], scores: [Float]) {
    // From the best bucket down, each gets its place behind those above it.
    var (reached, lowest) = (0, buckets)
    for bucket in stride(from: buckets, to: 0, by: -1) {
      let size = Int(counts[bucket])
      counts[bucket] = Int32(truncatingIfNeeded: reached)
      reached += size
      lowest = bucket
      if reached >= wanted { break }
    }
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: reached) { keys in
      for index in 0..<count where bucketOf[index] >= lowest {
        let bucket = Int(bucketOf[index])
        keys[Int(counts[bucket])] = key(scores[index], rows[index])
        counts[bucket] &+= 1
      }
      // Each bucket's count has moved on to its end, which is where the next lower one starts.
      var start = 0
      for bucket in stride(from: buckets, through: lowest, by: -1) {
        let end = Int(counts[bucket])
        if end - start > 1 { sort(keys, start, end) }
        start = end
      }
      let kept = min(wanted, reached)
      let rows = [Int32](unsafeUninitializedCapacity: kept) { target, initialized in
        for place in 0..<kept { target[place] = row(keys[place]) }
        initialized = kept
      }
      let scores = [Float](unsafeUninitializedCapacity: kept) { target, initialized in
        for place in 0..<kept { target[place] = score(keys[place]) }
        initialized = kept
      }
      return (rows, scores)
    }
  }

  /// Largest first.
  @inline(__always)
  private static func sort(
    _ keys: UnsafeMutableBufferPointer<UInt64>, _ start: Int, _ end: Int
  ) {
    guard end - start <= few else {
      keys[start..<end].sort(by: >)
      return
    }
    for place in (start + 1)..<end {
      let key = keys[place]
      var hole = place
      while hole > start, keys[hole - 1] < key {
        keys[hole] = keys[hole - 1]
        hole -= 1
      }
      keys[hole] = key
    }
  }

  /// Larger for a larger score and, on equal ones, for a lower row.
  @inline(__always)
  private static func key(_ score: Float, _ row: Int32) -> UInt64 {
    // -0 and 0 are equal scores.
    let bits = (score + 0).bitPattern
    let ordered = bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
    return UInt64(ordered) << 32 | UInt64(~UInt32(bitPattern: row))
  }

  @inline(__always)
  private static func row(_ key: UInt64) -> Int32 {
    Int32(bitPattern: ~UInt32(truncatingIfNeeded: key))
  }

  @inline(__always)
  private static func score(_ key: UInt64) -> Float {
    let ordered = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: ordered & 0x8000_0000 != 0 ? ordered & 0x7fff_ffff : ~ordered)
  }
}
