import RecommendationCore

/// Draws from a discrete distribution with one random number and two loads (A. J. Walker, "An efficient
/// method for generating discrete random variables with general distributions", 1977; table by M. Vose).
struct AliasTable: Sendable {
  /// Of 2^32: how much of a place's own share it keeps.
  private let thresholds: [UInt32]
  private let aliases: [Int32]

  /// A table of weights that are finite and not negative; their sum is greater than zero.
  ///
  /// - Complexity: O(weights).
  init(weights: [Double]) {
    let count = weights.count
    let scale = Double(count) / weights.reduce(0, +)
    var shares = weights.map { $0 * scale }
    var thresholds = [UInt32](repeating: .max, count: count)
    var aliases = (0..<Int32(count)).map { $0 }
    var small = shares.indices.filter { shares[$0] < 1 }
    var large = shares.indices.filter { shares[$0] >= 1 }
    while let poor = small.popLast(), let rich = large.last {
      thresholds[poor] = UInt32(min(shares[poor] * 4_294_967_296, 4_294_967_295))
      aliases[poor] = Int32(rich)
      shares[rich] -= 1 - shares[poor]
      if shares[rich] < 1 {
        large.removeLast()
        small.append(rich)
      }
    }
    self.thresholds = thresholds
    self.aliases = aliases
  }

  /// A place, with the probability of its weight.
  @inline(__always)
  func draw(_ random: inout SeededGenerator) -> Int {
    let bits = random.next()
    // The upper half chooses the place, the lower one between it and its alias.
    let place = Int(((bits >> 32) &* UInt64(thresholds.count)) >> 32)
    return UInt32(truncatingIfNeeded: bits) < thresholds[place] ? place : Int(aliases[place])
  }
}
