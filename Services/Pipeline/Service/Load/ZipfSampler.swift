import Foundation
import RecommendationCore

/// Draws indices by Zipf's law: the index of rank r comes with a likelihood proportional to r^-exponent.
///
/// Which index has which rank is a seeded shuffle, and the n-th draw is a function of the seed and n alone, so
/// that many tasks may draw at once and a run can be repeated.
struct ZipfSampler: Sendable {
  private let order: [Int]
  private let cumulative: [Double]
  private let seed: UInt64

  /// - Parameters:
  ///   - count: indices 0..<count; at least 1.
  ///   - exponent: 0 is uniform; real traffic is near 1.
  init(count: Int, exponent: Double, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    order = (0..<count).shuffled(using: &generator)
    var sum = 0.0
    cumulative = (1...max(1, count)).map { rank in
      sum += pow(Double(rank), -exponent)
      return sum
    }
    self.seed = seed
  }

  /// The n-th draw.
  ///
  /// - Complexity: O(log count).
  func draw(_ number: Int) -> Int {
    var generator = SeededGenerator(seed: seed &+ UInt64(bitPattern: Int64(number)) &* 0x9e37_79b9)
    let wanted = Double.random(in: 0..<(cumulative.last ?? 1), using: &generator)
    var low = 0
    var high = cumulative.count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > wanted { high = middle } else { low = middle + 1 }
    }
    return order[low]
  }
}
