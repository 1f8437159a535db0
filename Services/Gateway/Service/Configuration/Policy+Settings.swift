import ServiceRuntime
import ServiceContracts

extension Policy {
  /// Reads the policy; ``GatewayConfiguration/init(settings:)`` lists the keys.
  ///
  /// - Parameter base: what holds where nothing is said.
  init(settings: SettingsReader, base: Policy = Policy()) throws {
    self = base
    let names = try settings.strings("policy.sources", default: sources.map(\.name))
    let defaults = sources
    sources = try names.map { name in
      let standard =
        defaults.first { $0.name == name }
        ?? StandardSource.all.first { $0.name == name }.map { Source($0) }
        ?? Source(name: name, quota: 100, reserved: 0)
      return try Source(name: name, standard: standard, settings: settings)
    }
    guard (1...Limits.sourceCount).contains(names.count), Set(names).count == names.count,
      names.allSatisfy({ !$0.isEmpty })
    else {
      throw ConfigurationError(
        key: settings.name(of: "policy.sources"),
        "must name 1 to \(Limits.sourceCount) sources, each once")
    }
    let milliseconds = 1...60_000
    budgets.user = try settings.milliseconds(
      "budgets.user_ms", default: budgets.user.wholeMilliseconds, in: milliseconds)
    budgets.candidates = try settings.milliseconds(
      "budgets.candidates_ms", default: budgets.candidates.wholeMilliseconds, in: milliseconds)
    budgets.features = try settings.milliseconds(
      "budgets.features_ms", default: budgets.features.wholeMilliseconds, in: milliseconds)
    budgets.ranking = try settings.milliseconds(
      "budgets.ranking_ms", default: budgets.ranking.wholeMilliseconds, in: milliseconds)
    budgets.explanation = try settings.milliseconds(
      "budgets.explanation_ms", default: budgets.explanation.wholeMilliseconds, in: milliseconds)
    try readLimits(settings)
    try readExploration(settings)
  }

  private mutating func readExploration(_ settings: SettingsReader) throws {
    blend =
      BlendKind(
        rawValue: try settings.choice(
          "policy.blend", default: blend.rawValue, of: BlendKind.allCases.map(\.rawValue)))
      ?? blend
    exploration.share = try settings.double(
      "exploration.share", default: exploration.share, in: 0...1)
    let texts = try settings.strings(
      "exploration.slots", default: exploration.slots.map { "\($0)" })
    let slots = texts.compactMap { Int($0) }
    guard slots.count == texts.count, slots.allSatisfy({ (1...Limits.slateCount).contains($0) }),
      zip(slots, slots.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw ConfigurationError(
        key: settings.name(of: "exploration.slots"),
        "must be rising places from 1 to \(Limits.slateCount)")
    }
    exploration.slots = slots
  }

  private mutating func readLimits(_ settings: SettingsReader) throws {
    defaultCount = try settings.int(
      "policy.count", default: defaultCount, in: 1...Limits.slateCount)
    candidateLimit = try settings.int(
      "policy.candidate_limit", default: candidateLimit, in: 1...Limits.candidateCount)
    historyLimit = try settings.int(
      "policy.history_limit", default: historyLimit, in: 1...Limits.historyCount)
    fusionConstant = Float(
      try settings.double(
        "policy.fusion_constant", default: Double(fusionConstant), in: 0...1_000_000))
    seenAgainAfterDays = try settings.int(
      "policy.seen_again_after_days", default: seenAgainAfterDays, in: 0...36_500)
    try readDiversity(settings)
  }

  /// Reads what all policies share.
  mutating func readShared(_ settings: SettingsReader) throws {
    rankerLabel = try settings.string("policy.ranker_label", default: rankerLabel)
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
      budget: try settings.milliseconds(
        "\(prefix).budget_ms", default: standard.budget.wholeMilliseconds, in: 1...60_000),
      target: try settings.string("\(prefix).target", default: standard.target),
      isEnabled: try settings.bool("\(prefix).enabled", default: standard.isEnabled),
      isRequired: try settings.choice(
        "\(prefix).on_failure", default: standard.isRequired ? "required" : "optional",
        of: ["optional", "required"]) == "required")
  }
}

extension Duration {
  /// As settings have it.
  fileprivate var wholeMilliseconds: Int { Int(self / .milliseconds(1)) }
}
