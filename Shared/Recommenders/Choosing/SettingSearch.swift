import Foundation
import RecommendationCore

/// Draws settings to try: anywhere in the declared space, or near what was good.
public struct SettingSearch: Sendable {
  private let settings: [Setting]
  private var generator: SeededGenerator

  /// A search of a kind's space; equal seeds draw the same.
  public init(_ settings: [Setting], seed: UInt64) {
    self.settings = settings.filter(\.isSearched)
    generator = SeededGenerator(seed: seed)
  }

  /// Whether there is anything to search.
  public var isEmpty: Bool { settings.isEmpty }

  /// Every searched setting drawn anew.
  public mutating func anywhere(from base: SettingValues) -> SettingValues {
    var values = base
    for setting in settings { values[setting.name] = drawn(setting, near: nil) }
    return values
  }

  /// Some of the searched settings moved a little: about half of them, one at least.
  public mutating func near(_ base: SettingValues) -> SettingValues {
    var values = base
    let sure = Int.random(in: 0..<max(1, settings.count), using: &generator)
    for (index, setting) in settings.enumerated()
    where index == sure || Bool.random(using: &generator) {
      values[setting.name] = drawn(setting, near: base[setting.name])
    }
    return values
  }

  private mutating func drawn(_ setting: Setting, near base: SettingValue?) -> SettingValue {
    switch setting.domain {
    case .integer(_, let search, let isLogarithmic):
      var old: Double?
      if case .integer(let value)? = base { old = Double(value) }
      let value = number(
        Double(search.lowerBound)...Double(search.upperBound), isLogarithmic, near: old)
      return .integer(min(search.upperBound, max(search.lowerBound, Int(value.rounded()))))
    case .real(_, let search, let isLogarithmic):
      var old: Double?
      if case .real(let value)? = base { old = value }
      return .real(number(search, isLogarithmic, near: old))
    case .names(let names):
      return .name(names.randomElement(using: &generator) ?? "")
    }
  }

  /// Uniform in the range or its logarithm; near a value, within about a sixth of the range of it.
  private mutating func number(
    _ range: ClosedRange<Double>, _ isLogarithmic: Bool, near old: Double?
  ) -> Double {
    // A range that begins at 0 has no logarithm there.
    let floor = isLogarithmic ? max(range.lowerBound, range.upperBound * 1e-9) : range.lowerBound
    let low = isLogarithmic ? log(floor) : floor
    let high = isLogarithmic ? log(range.upperBound) : range.upperBound
    var place = Double.random(in: 0...1, using: &generator)
    if let old, high > low {
      let own = ((isLogarithmic ? log(max(old, floor)) : old) - low) / (high - low)
      // The mean of three is bell-shaped: mostly small steps, now and then a large one.
      let step = (0..<3).reduce(0) { sum, _ in
        sum + Double.random(in: -1...1, using: &generator) / 3
      }
      place = min(1, max(0, own + step * 0.5))
    }
    let value = low + place * (high - low)
    return min(range.upperBound, max(range.lowerBound, isLogarithmic ? exp(value) : value))
  }
}
