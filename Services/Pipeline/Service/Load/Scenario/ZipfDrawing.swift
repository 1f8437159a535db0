import Foundation
import RecommendationCore

/// Draws rows by Zipf's law; the order of the rows is shuffled, so that the busy ones are no special kind.
struct ZipfDrawing: Sendable {
  private let sums: [Double]
  private let order: [Int]

  init(count: Int, exponent: Double, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    order = (0..<max(count, 1)).shuffled(using: &random)
    var sum = 0.0
    sums = order.indices.map { rank in
      sum += pow(Double(rank + 1), -exponent)
      return sum
    }
  }

  /// Draws a row. O(log count).
  func row(_ random: inout SeededGenerator) -> Int {
    let target = Double.random(in: 0..<1, using: &random) * (sums.last ?? 1)
    var low = 0
    var high = sums.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > target { high = middle } else { low = middle + 1 }
    }
    return order[low]
  }
}
