/// The order of scores: best first, what is no finite number last, equals in the order in which they came.
public enum ScoreOrder {
  /// Below so many scores a comparison sort is cheaper than counting digits.
  private static let fewest = 64

  /// Places of the scores in their order.
  ///
  /// A radix sort by the bits of the score, least digit first; passes whose digit all scores share are skipped.
  ///
  /// - Complexity: O(n); O(n log n) for fewer than 64 scores.
  public static func bestFirst(_ scores: [Float]) -> [Int32] {
    var keys = [UInt64](unsafeUninitializedCapacity: scores.count) { keys, count in
      for (place, score) in scores.enumerated() { keys[place] = key(score, place) }
      count = scores.count
    }
    if keys.count < fewest { keys.sort() } else { radixSort(&keys) }
    return keys.map { Int32(truncatingIfNeeded: $0) }
  }

  /// Whether scores are in that order already. O(n).
  public static func isBestFirst(_ scores: [Float]) -> Bool {
    var last: UInt64 = 0
    for score in scores {
      let next = key(score, 0)
      if next < last { return false }
      last = next
    }
    return true
  }

  /// Grows as the score falls; the place, in the lower half, makes all keys differ.
  @inline(__always)
  private static func key(_ score: Float, _ place: Int) -> UInt64 {
    // Adding 0 makes one zero of two.
    let bits = (score + 0).bitPattern
    // Of IEEE 754 numbers above 0 the bits grow with the value; of those below, with its magnitude.
    let rising = bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    let falling = score.isFinite ? ~rising : .max
    return UInt64(falling) << 32 | UInt64(UInt32(truncatingIfNeeded: place))
  }

  /// Stable, by the upper half alone: the lower half is in order to begin with.
  private static func radixSort(_ keys: inout [UInt64]) {
    let count = keys.count
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { spare in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * 256) { counts in
        keys.withUnsafeMutableBufferPointer { keys in
          counts.initialize(repeating: 0)
          for key in keys {
            for digit in 0..<4 { counts[digit << 8 | Int(key >> (32 + 8 * digit) & 255)] += 1 }
          }
          // UInt64 is trivial, so assigning to memory that was never initialised is as good as initialising it.
          var (from, to) = (UnsafeMutableBufferPointer(rebasing: keys[...]), spare)
          for digit in 0..<4 {
            let shift = 32 + 8 * digit
            let own = UnsafeMutableBufferPointer(rebasing: counts[digit << 8..<(digit + 1) << 8])
            if own[Int(from[0] >> shift & 255)] == UInt32(count) { continue }
            var sum: UInt32 = 0
            for value in 0..<256 { (own[value], sum) = (sum, sum + own[value]) }
            for key in from {
              let value = Int(key >> shift & 255)
              to[Int(own[value])] = key
              own[value] += 1
            }
            swap(&from, &to)
          }
          if from.baseAddress != keys.baseAddress {
            for place in 0..<count { keys[place] = spare[place] }
          }
        }
      }
    }
  }
}
