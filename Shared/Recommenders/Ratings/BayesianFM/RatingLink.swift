import Foundation

/// How a rating follows from a sum of biases and products.
enum RatingLink: Sendable {
  /// The rating is the sum, scaled, with normal noise.
  case gaussian(mean: Float, scale: Float)
  /// The rating is the level between whose thresholds the sum lies, with standard normal noise (ordered probit,
  /// Albert, Chib 1993): steps between levels need not be equally far, and predictions stay in range.
  case ordinal(levels: [Float], thresholds: [Double])

  /// More levels than this are no grades any more.
  static let mostLevels = 20

  /// A table from sums to expected ratings: what prediction reads. Linear between entries.
  struct Table: Sendable {
    let lowest: Float
    let inverseStep: Float
    let values: [Float]

    /// The rating to expect at a sum.
    func rating(_ sum: Float) -> Float { withReader { $0(sum) } }

    /// Lends a function from sums to ratings: many at the price of one look at the array.
    @inline(__always)
    func withReader<Result>(_ body: ((Float) -> Float) -> Result) -> Result {
      let last = Float(values.count - 2) + 0.9999
      return values.withUnsafeBufferPointer { values in
        body { sum in
          let place = min(max((sum - lowest) * inverseStep, 0), last)
          let index = Int(place)
          let share = place - Float(index)
          return values[index] * (1 - share) + values[index + 1] * share
        }
      }
    }
  }

  /// The table of this link; ratings stay within a range.
  func table(_ range: ClosedRange<Float>) -> Table {
    switch self {
    case .gaussian(let mean, let scale):
      // Two entries make the line; beyond them it is clipped.
      let low = (range.lowerBound - mean) / scale
      let high = max((range.upperBound - mean) / scale, low + 1e-6)
      return Table(
        lowest: low, inverseStep: 1 / (high - low), values: [range.lowerBound, range.upperBound])
    case .ordinal(let levels, let thresholds):
      let (low, high) = ((thresholds.first ?? 0) - 5, (thresholds.last ?? 0) + 5)
      let count = 1024
      let step = (high - low) / Double(count - 1)
      let values = (0..<count).map { index in
        Self.expected(low + step * Double(index), levels, thresholds)
      }
      return Table(lowest: Float(low), inverseStep: Float(1 / step), values: values)
    }
  }

  /// The mean of the levels by their probabilities at a sum.
  private static func expected(_ sum: Double, _ levels: [Float], _ thresholds: [Double]) -> Float {
    var rating = 0.0
    var below = 0.0
    for (index, level) in levels.enumerated() {
      let next = index < thresholds.count ? StandardNormal.below(thresholds[index] - sum) : 1
      rating += Double(level) * (next - below)
      below = next
    }
    return Float(rating)
  }
}

/// Thresholds of an ordered probit, and their draws.
struct OrdinalThresholds: Sendable {
  let levels: [Float]
  private(set) var thresholds: [Double]
  /// Each rating's level.
  private let grades: [UInt8]
  private var step = 0.02

  /// The levels of ratings, with the thresholds that give each its share; nil when there are fewer than two
  /// levels or more than ``RatingLink/mostLevels``.
  init?(_ values: [Float]) {
    levels = Set(values).sorted()
    guard levels.count >= 2, levels.count <= RatingLink.mostLevels else { return nil }
    let places = Dictionary(uniqueKeysWithValues: zip(levels, UInt8(0)...))
    grades = values.map { places[$0] ?? 0 }
    var counts = [Double](repeating: 0, count: levels.count)
    for grade in grades { counts[Int(grade)] += 1 }
    var sum = 0.0
    thresholds = counts.dropLast().map { count in
      sum += count
      return StandardNormal.quantile(sum / Double(values.count))
    }
  }

  /// Moves the thresholds by some steps of Metropolis and Hastings, the noise integrated out.
  ///
  /// - Parameter isLearning: whether the length of steps still adapts (before samples are kept).
  mutating func draw(sums: [Float], isLearning: Bool, random: inout NormalSource) {
    var fit = likelihood(sums, thresholds)
    for _ in 0..<4 {
      // All together and one by one in turn: the whole ladder and its rungs move at different lengths.
      let moved = thresholds.map { $0 + step * random.nextDouble() }
      let rises = zip(moved, moved.dropFirst()).allSatisfy { $0 < $1 }
      let movedFit = rises ? likelihood(sums, moved) : -.infinity
      let isTaken = log(random.uniform()) < movedFit - fit
      if isTaken { (thresholds, fit) = (moved, movedFit) }
      // The golden rate of acceptance of random walks in a few dimensions is near a third.
      if isLearning { step *= isTaken ? 1.1 : 0.95 }
    }
  }

  private func likelihood(_ sums: [Float], _ thresholds: [Double]) -> Double {
    var total = 0.0
    for (sum, grade) in zip(sums, grades) {
      total += log(max(probability(Int(grade), Double(sum), thresholds), 1e-300))
    }
    return total
  }

  private func probability(_ grade: Int, _ sum: Double, _ thresholds: [Double]) -> Double {
    let upper = grade < thresholds.count ? StandardNormal.below(thresholds[grade] - sum) : 1
    return upper - (grade > 0 ? StandardNormal.below(thresholds[grade - 1] - sum) : 0)
  }

  /// Draws what each rating's hidden value is beyond its sum.
  func drawErrors(sums: [Float], into errors: inout [Float], random: inout NormalSource) {
    for (place, grade) in grades.enumerated() {
      let (sum, grade) = (Double(sums[place]), Int(grade))
      let upper = grade < thresholds.count ? thresholds[grade] - sum : .infinity
      let lower = grade > 0 ? thresholds[grade - 1] - sum : -.infinity
      errors[place] = Float(random.truncated(from: lower, to: upper))
    }
  }
}
