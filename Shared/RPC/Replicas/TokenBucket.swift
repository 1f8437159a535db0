import Synchronization

/// Permission for rare things, earned by common ones: so that second calls stay a share of the first ones, also
/// when everything is late.
final class TokenBucket: Sendable {
  private static let unit = 1_000_000

  private let gain: Int
  private let capacity: Int
  private let tokens: Atomic<Int>

  /// - Parameters:
  ///   - gain: tokens that each ``earn()`` adds.
  ///   - capacity: most tokens; the bucket starts full.
  init(gain: Double, capacity: Int) {
    self.gain = Int(gain * Double(Self.unit))
    self.capacity = max(0, capacity) * Self.unit
    tokens = Atomic(self.capacity)
  }

  /// Something common happened.
  func earn() {
    var seen = tokens.load(ordering: .relaxed)
    while seen < capacity {
      let (done, now) = tokens.weakCompareExchange(
        expected: seen, desired: min(capacity, seen + gain), ordering: .relaxed)
      if done { return }
      seen = now
    }
  }

  /// Takes a token for something rare; false when there is none.
  func take() -> Bool {
    var seen = tokens.load(ordering: .relaxed)
    while seen >= Self.unit {
      let (done, now) = tokens.weakCompareExchange(
        expected: seen, desired: seen - Self.unit, ordering: .relaxed)
      if done { return true }
      seen = now
    }
    return false
  }
}
