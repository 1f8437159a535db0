import Foundation

extension LoadScenario {
  /// Reads a scenario's file.
  ///
  /// - Throws: ``PipelineError`` with code `usage` that names file, line and key.
  public static func read(file: String) throws -> LoadScenario {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw PipelineError(
        .usage,
        "there is no scenario file \(file), and no scenario of that name: "
          + BuiltInScenario.names)
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw PipelineError(.usage, "\(file) is not UTF-8 text")
    }
    return try LoadScenario(yaml: text, file: file)
  }

  /// Reads a scenario: one that is built in, or a file.
  public static func named(_ name: String) throws -> LoadScenario {
    if let builtIn = BuiltInScenario(rawValue: name) {
      return try LoadScenario(yaml: builtIn.yaml, file: name)
    }
    return try read(file: name)
  }

  /// Reads a scenario's text.
  ///
  /// - Parameter file: named in errors.
  /// - Throws: ``PipelineError`` with code `usage` that names file, line and key.
  public init(yaml: String, file: String) throws {
    let root = try ScenarioSection(yaml: yaml, file: file)
    let stem = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    name = try root.text("name") ?? stem
    summary = try root.text("summary") ?? ""
    seed = UInt64(try root.whole("seed", in: 0...Int.max) ?? 1)
    deadline = .milliseconds(try root.whole("deadline_ms", in: 1...60_000) ?? 200)
    maxInFlight = try root.whole("in_flight", in: 1...100_000) ?? 1000
    let traffic = try LoadTraffic(root.section("traffic"), over: LoadTraffic())
    phases = try root.sections("phases").map { try Phase($0, traffic: traffic) }
    guard !phases.isEmpty else {
      throw root.problem("phases", "needs at least one phase")
    }
    try root.finish()
  }
}

extension LoadScenario.Phase {
  fileprivate init(_ section: ScenarioSection, traffic: LoadTraffic) throws {
    guard let name = try section.text("name") else {
      throw section.problem("name", "is missing")
    }
    let constant = try section.number("rate", in: 0.001...1_000_000)
    let search = try section.section("saturation")
    let rate: Rate
    switch (constant, search) {
    case (let constant?, nil): rate = .constant(constant)
    case (nil, let search?): rate = .saturation(try SaturationSearch.Limits(search))
    case (nil, nil): throw section.problem("rate", "is missing, and so is `saturation`")
    case (_?, _?): throw section.problem("rate", "and `saturation` exclude each other")
    }
    guard let seconds = try section.number("seconds", in: 0.1...86_400) else {
      throw section.problem("seconds", "is missing")
    }
    let warmUp = try section.number("warm_up", in: 0...86_400) ?? 0
    self.init(
      name: name, rate: rate, duration: .seconds(seconds), warmUp: .seconds(warmUp),
      traffic: try LoadTraffic(section.section("traffic"), over: traffic))
    try section.finish()
  }
}

extension SaturationSearch.Limits {
  fileprivate init(_ section: ScenarioSection) throws {
    self.init()
    from = try section.number("from", in: 0.1...1_000_000) ?? from
    to = try section.number("to", in: 0.1...1_000_000) ?? to
    factor = try section.number("factor", in: 1.05...10) ?? factor
    precision = try section.number("precision", in: 0.005...1) ?? precision
    successShare = try section.number("success", in: 0.5...1) ?? successShare
    guard from <= to else { throw section.problem("to", "must not be less than `from`") }
    try section.finish()
  }
}

extension LoadTraffic {
  /// What a section says, over what holds without it.
  fileprivate init(_ section: ScenarioSection?, over base: LoadTraffic) throws {
    self = base
    guard let section else { return }
    if let shares = try section.section("mix") {
      mix = [:]
      for kind in Kind.allCases {
        if let share = try shares.number(kind.rawValue, in: 0...1_000_000), share > 0 {
          mix[kind] = share
        }
      }
      try shares.finish()
      guard !mix.isEmpty else { throw section.problem("mix", "asks for nothing") }
    }
    if let users = try section.section("users") {
      skew = try users.number("skew", in: 0...5) ?? skew
      newUserShare = try users.number("new", in: 0...1) ?? newUserShare
      anonymousShare = try users.number("anonymous", in: 0...1) ?? anonymousShare
      guard newUserShare + anonymousShare <= 1 else {
        throw users.problem("new", "and `anonymous` are more than all")
      }
      try users.finish()
    }
    count = UInt32(try section.whole("count", in: 1...500) ?? Int(count))
    explain = try section.choice("explain", of: Explain.allCases) ?? explain
    noCache = try section.flag("no_cache") ?? noCache
    moment = try section.choice("time", of: Moment.allCases) ?? moment
    policy = try section.text("policy") ?? policy
    try section.finish()
  }
}
