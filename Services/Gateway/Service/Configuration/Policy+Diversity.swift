import ServiceContracts
import ServiceRuntime

extension Policy {
  /// Reads how slates are spread where a request says nothing; ``GatewayConfiguration/init(settings:)`` lists the keys.
  mutating func readDiversity(_ settings: SettingsReader) throws {
    let mode = try settings.choice(
      "diversity.mode", default: diversity.mode.rawValue,
      of: AdmittedRequest.Diversity.Mode.allCases.map(\.rawValue))
    diversity.mode = AdmittedRequest.Diversity.Mode(rawValue: mode) ?? .mmr
    diversity.strength = try settings.double(
      "diversity.strength", default: diversity.strength, in: 0...1)
    let cap = try settings.int("diversity.max_per_category", default: 0, in: 0...500)
    diversity.maximumPerCategory = cap == 0 ? nil : cap
    diversity.calibration = try settings.double("diversity.calibration", default: 0, in: 0...1)
    diversity.freshness = try settings.double("diversity.freshness", default: 0, in: 0...1)
    diversity.serendipity = try settings.double("diversity.serendipity", default: 0, in: 0...1)
    diversity.popularityPenalty = try settings.double(
      "diversity.popularity_penalty", default: 0, in: 0...1)
    freshnessHalfLifeDays = try settings.double(
      "diversity.freshness_half_life_days", default: freshnessHalfLifeDays, in: 0.01...100_000)
    diversity.windows = try Self.entries("diversity.windows", settings, parts: 3).map { entry in
      let (length, maximum) = (entry.numbers[0], entry.numbers[1])
      guard (2...Limits.slateCount).contains(length), (1..<length).contains(maximum) else {
        throw ConfigurationError(
          key: "diversity.windows", "needs a window of 2 or more places and a maximum below it")
      }
      return .init(attribute: entry.attribute, length: length, maximum: maximum)
    }
    diversity.caps = try Self.entries("diversity.caps", settings, parts: 2).map { entry in
      guard entry.numbers[0] >= 1 else {
        throw ConfigurationError(key: "diversity.caps", "needs a maximum of 1 or more")
      }
      return .init(attribute: entry.attribute, maximum: entry.numbers[0])
    }
  }

  /// Entries such as `category:5:2`: an attribute, then whole numbers.
  private static func entries(
    _ key: String, _ settings: SettingsReader, parts: Int
  ) throws -> [(attribute: String, numbers: [Int])] {
    let texts = try settings.strings(key, default: [])
    guard texts.count <= Limits.spreadRuleCount else {
      throw ConfigurationError(key: key, "may have at most \(Limits.spreadRuleCount) entries")
    }
    return try texts.map { text in
      let words = text.split(separator: ":", omittingEmptySubsequences: false)
      let numbers = words.suffix(parts - 1).compactMap { Int($0) }
      let attribute = words.dropLast(parts - 1).joined(separator: ":")
      guard words.count >= parts, numbers.count == parts - 1, !attribute.isEmpty else {
        throw ConfigurationError(
          key: key, "needs entries of \(parts) parts with colons between; one is \"\(text)\"")
      }
      return (attribute, numbers)
    }
  }
}
