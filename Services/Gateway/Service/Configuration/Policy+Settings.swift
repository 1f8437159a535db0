import ServiceRuntime
import ServiceContracts

extension Policy {
  /// Reads the policy; ``GatewayConfiguration/init(settings:)`` lists the keys.
  init(settings: SettingsReader) throws {
    let names = try settings.strings("policy.sources", default: sources.map(\.name))
    let defaults = sources
    sources = try names.map { name in
      let standard =
        defaults.first { $0.name == name } ?? Source(name: name, quota: 100, reserved: 0)
      return try Source(name: name, standard: standard, settings: settings)
    }
    guard (1...Limits.sourceCount).contains(names.count), Set(names).count == names.count,
      names.allSatisfy({ !$0.isEmpty })
    else {
      throw ConfigurationError(
        key: "policy.sources", "must name 1 to \(Limits.sourceCount) sources, each once")
    }
    let milliseconds = 1...60_000
    budgets.user = try settings.milliseconds("budgets.user_ms", default: 60, in: milliseconds)
    budgets.candidates = try settings.milliseconds(
      "budgets.candidates_ms", default: 100, in: milliseconds)
    budgets.features = try settings.milliseconds(
      "budgets.features_ms", default: 100, in: milliseconds)
    budgets.ranking = try settings.milliseconds(
      "budgets.ranking_ms", default: 150, in: milliseconds)
    budgets.explanation = try settings.milliseconds(
      "budgets.explanation_ms", default: 100, in: milliseconds)
    try readLimits(settings)
  }

  private mutating func readLimits(_ settings: SettingsReader) throws {
    defaultCount = try settings.int(
      "policy.count", default: defaultCount, in: 1...Limits.slateCount)
    candidateLimit = try settings.int(
      "policy.candidate_limit", default: candidateLimit, in: 1...Limits.candidateCount)
    historyLimit = try settings.int(
      "policy.history_limit", default: historyLimit, in: 1...Limits.historyCount)
    fusionConstant = Float(
      try settings.double("policy.fusion_constant", default: 60, in: 0...1_000_000))
    rankerLabel = try settings.string("policy.ranker_label", default: rankerLabel)
    seenAgainAfterDays = try settings.int(
      "policy.seen_again_after_days", default: 0, in: 0...36_500)
    try readDiversity(settings)
    popularSource = try settings.string("popular.source", default: popularSource)
    defaultDeadline = try settings.milliseconds("deadline.default_ms", default: 200, in: 5...10_000)
    maximumDeadline = try settings.milliseconds(
      "deadline.maximum_ms", default: 10_000, in: 5...60_000)
    guard defaultDeadline <= maximumDeadline else {
      throw ConfigurationError(
        key: "deadline.default_ms", "must not be above deadline.maximum_ms")
    }
  }
}

extension Policy.Source {
  /// Reads one source.
  init(name: String, standard: Policy.Source, settings: SettingsReader) throws {
    let prefix = "sources.\(name)"
    self.init(
      name: name,
      quota: try settings.int(
        "\(prefix).quota", default: standard.quota, in: 1...Limits.candidateCount),
      reserved: try settings.int(
        "\(prefix).reserved", default: standard.reserved, in: 0...Limits.candidateCount),
      weight: Float(
        try settings.double(
          "\(prefix).weight", default: Double(standard.weight), in: 0...1_000)),
      budget: try settings.milliseconds("\(prefix).budget_ms", default: 80, in: 1...60_000),
      target: try settings.string("\(prefix).target", default: ""))
  }
}
