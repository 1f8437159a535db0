import Foundation

/// How the values of an axis lie along it, and where its marks are.
struct PlotScale: Sendable {
  /// A mark.
  struct Tick: Sendable, Equatable {
    var value: Double
    var text: String
  }

  private enum Kind: Sendable {
    case linear
    case logarithmic
    /// 0, 90, 99, 99.9 …: equally far from each other.
    case nines
  }

  /// The axis' ends.
  let range: ClosedRange<Double>
  /// Its marks.
  let ticks: [Tick]
  private let kind: Kind

  /// From 0 to at least the largest value, with about five marks at round numbers.
  static func linear(upTo largest: Double, unit: String = "") -> PlotScale {
    let largest = largest.isFinite && largest > 0 ? largest : 1
    let step = roundStep(largest / 5)
    let count = Int((largest / step - 1e-9).rounded(.up))
    let ticks = (0...max(count, 1)).map { index in
      let value = Double(index) * step
      return Tick(value: value, text: text(value) + unit)
    }
    return PlotScale(range: 0...(ticks.last?.value ?? 1), ticks: ticks, kind: .linear)
  }

  /// From 0 to exactly the largest value.
  static func time(upTo seconds: Double) -> PlotScale {
    let scale = linear(upTo: seconds, unit: " s")
    let end = max(seconds, 1)
    return PlotScale(
      range: 0...end, ticks: scale.ticks.filter { $0.value <= end }, kind: .linear)
  }

  /// Decades with 1, 2 and 5 marked, around all values above 0.
  static func logarithmic(_ values: [Double], unit: String = "") -> PlotScale {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    let least = positive.min() ?? 1
    let largest = max(positive.max() ?? 10, least * 1.01)
    let marks = (-4...9).flatMap { decade in [1.0, 2, 5].map { $0 * pow(10, Double(decade)) } }
    let low = marks.last { $0 <= least } ?? least
    let high = marks.first { $0 >= largest } ?? largest
    return PlotScale(
      range: low...high,
      ticks: marks.filter { (low...high).contains($0) }.map {
        Tick(value: $0, text: text($0) + unit)
      }, kind: .logarithmic)
  }

  /// Percentiles from 0 to as many nines as there are.
  static func percentiles(upTo largest: Double) -> PlotScale {
    let marks: [Double] = [0, 50, 90, 99, 99.9, 99.99, 99.999]
    let end = marks.first { $0 >= min(largest, 99.999) } ?? 99.999
    return PlotScale(
      range: 0...end,
      ticks: marks.filter { $0 <= end }.map { Tick(value: $0, text: text($0) + " %") }, kind: .nines
    )
  }

  /// Where a value lies, from 0 to 1; values beyond the ends lie at the ends.
  func position(_ value: Double) -> Double {
    let value = min(max(value, range.lowerBound), range.upperBound)
    let (low, high) = (line(range.lowerBound), line(range.upperBound))
    return high > low ? (line(value) - low) / (high - low) : 0
  }

  private func line(_ value: Double) -> Double {
    switch kind {
    case .linear: value
    case .logarithmic: log10(max(value, .leastNormalMagnitude))
    case .nines: -log10(max(1 - value / 100, 1e-9))
    }
  }

  /// 1, 2 or 5 times a power of ten, not less than a number.
  static func roundStep(_ number: Double) -> Double {
    let power = pow(10, log10(number).rounded(.down))
    return [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= number * (1 - 1e-9) } ?? 10 * power
  }

  /// A number without needless digits.
  static func text(_ value: Double) -> String {
    if value >= 10_000 { return String(format: "%gk", value / 1000) }
    return String(format: "%.5g", value)
  }
}
