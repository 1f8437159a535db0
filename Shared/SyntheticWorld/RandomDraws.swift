import Foundation
import RecommendationCore

extension SeededGenerator {
  /// From 0 up to, not including, 1.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// True with a likelihood.
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  /// A whole number below a count above 0.
  mutating func index(below count: Int) -> Int { Int(uniform() * Double(count)) }

  /// One of a list that is not empty.
  mutating func pick<Element>(_ list: [Element]) -> Element { list[index(below: list.count)] }

  /// Standard normal (Box, Muller 1958).
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// Poisson (Knuth), for small means.
  mutating func poisson(_ mean: Double) -> Int {
    let limit = exp(-min(mean, 500))
    var product = uniform()
    var count = 0
    while product > limit {
      count += 1
      product *= uniform()
    }
    return count
  }
}

/// Draws rows by weight: a running sum and a binary search.
struct WeightedChoice: Sendable {
  private let rows: [Int32]
  private let sums: [Double]

  /// Rows and their weights, none negative.
  init(rows: [Int32], weight: (Int) -> Double) {
    self.rows = rows
    var sum = 0.0
    sums = rows.map {
      sum += weight(Int($0))
      return sum
    }
  }

  /// A row; nil when there is none to draw.
  func draw(_ random: inout SeededGenerator) -> Int? {
    guard let total = sums.last, total > 0 else { return nil }
    let target = random.uniform() * total
    var low = 0
    var high = sums.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > target { high = middle } else { low = middle + 1 }
    }
    return Int(rows[low])
  }
}
