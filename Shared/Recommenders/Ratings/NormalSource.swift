import Foundation
import RecommendationCore

/// Draws from the normal, gamma and truncated normal distributions; equal seeds give equal numbers.
struct NormalSource: Sendable {
  var generator: SeededGenerator
  private var spare: Double?

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// Evenly from 0 to 1, both ends excluded.
  mutating func uniform() -> Double {
    (Double(generator.next() >> 11) + 0.5) * 0x1p-53
  }

  /// From the standard normal distribution (Marsaglia's polar method).
  mutating func nextDouble() -> Double {
    if let spare {
      self.spare = nil
      return spare
    }
    while true {
      let (x, y) = (2 * uniform() - 1, 2 * uniform() - 1)
      let square = x * x + y * y
      guard square < 1, square > 0 else { continue }
      let scale = (-2 * log(square) / square).squareRoot()
      spare = y * scale
      return x * scale
    }
  }

  /// From the standard normal distribution.
  mutating func next() -> Float { Float(nextDouble()) }

  /// From the gamma distribution of a shape of at least 1 and a rate (Marsaglia, Tsang 2000).
  mutating func gamma(shape: Double, rate: Double) -> Double {
    let d = max(shape, 1) - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = nextDouble()
      let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      guard v > 0 else { continue }
      if log(uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v / rate }
    }
  }

  /// From the standard normal distribution between two bounds, by inversion of its distribution function; far
  /// out, where that has no digits left, by Robert's exponential proposals (1995).
  mutating func truncated(from lower: Double, to upper: Double) -> Double {
    if lower > 5 { return tail(from: lower, to: upper) }
    if upper < -5 { return -tail(from: -upper, to: -lower) }
    // The smaller tail keeps the digits.
    if lower > 0 { return -truncated(from: -upper, to: -lower) }
    let (low, high) = (StandardNormal.below(lower), StandardNormal.below(upper))
    let value = StandardNormal.quantile(low + (high - low) * uniform())
    return min(max(value, lower), upper)
  }

  private mutating func tail(from lower: Double, to upper: Double) -> Double {
    // A narrow strip is all but even; a wide one falls off like an exponential.
    for _ in 0..<100 {
      let value = lower - log(uniform()) / lower
      if value < upper, uniform() < exp(-0.5 * (value - lower) * (value - lower)) { return value }
    }
    return min(upper, lower + 1 / lower)
  }
}

/// The standard normal distribution.
enum StandardNormal {
  /// The probability below a value.
  static func below(_ value: Double) -> Double { 0.5 * erfc(-value * 0.5.squareRoot()) }

  /// The value below which a share lies: Acklam's rational approximation, relative error below 1.2e-9.
  static func quantile(_ share: Double) -> Double {
    let share = min(max(share, 1e-300), 1 - 1e-16)
    func tail(_ share: Double) -> Double {
      let q = (-2 * log(share)).squareRoot()
      let top =
        ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838) * q
          - 2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783
      let bottom =
        (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996) * q
          + 3.754408661907416) * q + 1
      return top / bottom
    }
    if share < 0.02425 { return tail(share) }
    if share > 1 - 0.02425 { return -tail(1 - share) }
    let q = share - 0.5
    let r = q * q
    let top =
      ((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r
        + 1.383577518672690e+02) * r - 3.066479806614716e+01) * r + 2.506628277459239
    let bottom =
      ((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r
        + 6.680131188771972e+01) * r - 1.328068155288572e+01) * r + 1
    return top * q / bottom
  }
}
