import RecommendationCore

/// Tries kinds and settings until a time is over, and keeps the best fitted model of each kind.
struct ChoiceSearch {
  private let options: ModelChooser.Options
  private let runner: TrialRunner
  private let shape: DataShape
  private let clock = ContinuousClock()
  private var searches: [String: SettingSearch] = [:]
  private var best: [String: TrialRunner.Outcome] = [:]
  private var generator: SeededGenerator
  /// All that was tried, in order.
  private(set) var trials: [Trial] = []

  init(options: ModelChooser.Options, runner: TrialRunner, shape: DataShape) {
    self.options = options
    self.runner = runner
    self.shape = shape
    generator = SeededGenerator(seed: options.seed)
  }

  /// The best trial of each kind that has one, best first.
  var bestByKind: [TrialRunner.Outcome] {
    best.values.sorted { ($0.trial.quality, $1.trial.kind) > ($1.trial.quality, $0.trial.kind) }
  }

  /// Tries.
  mutating func run(until end: ContinuousClock.Instant) {
    let begin = clock.now
    for (place, kind) in options.kinds.enumerated() {
      if let obstacle = kind.obstacle(shape) {
        options.log("\(kind.name): left out, \(obstacle)")
        continue
      }
      guard !isOver(end), let values = try? SettingValues(kind.settings, shape: shape) else {
        continue
      }
      searches[kind.name] = SettingSearch(
        kind.settings, seed: options.seed &+ UInt64(place) &* 1_000)
      // Nobody takes more than a fifth of the search at first; what ends early leaves time to the others.
      let limit = min(end, clock.now + (end - begin) / 5)
      attempt(kind, values, deadline: limit)
    }
    while !isOver(end), let (kind, base) = next(until: end) {
      guard var search = searches[kind.name] else { break }
      let isFar = UInt.random(in: 0..<4, using: &generator) == 0
      let values = isFar ? search.anywhere(from: base) : search.near(base)
      searches[kind.name] = search
      attempt(kind, values, deadline: end)
    }
  }

  private func isOver(_ end: ContinuousClock.Instant) -> Bool {
    clock.now >= end || trials.count >= options.trialLimit ?? Int.max
  }

  private mutating func attempt(
    _ kind: any Recommender.Type, _ values: SettingValues, deadline: ContinuousClock.Instant
  ) {
    let outcome = runner.run(kind, values, deadline: deadline)
    trials.append(outcome.trial)
    let trial = outcome.trial
    if let failure = trial.failure {
      options.log("\(kind.name): failed, \(failure)")
      return
    }
    let old = best[kind.name]?.trial.quality ?? -1
    options.log(
      "\(kind.name): \(ModelChooser.digits(trial.quality)) in "
        + "\(ModelChooser.digits(trial.fitSeconds)) s"
        + (trial.quality > old ? " *  \(outcome.values)" : ""))
    if trial.quality > old { best[kind.name] = outcome }
  }

  /// A kind to try again: the better, the more often; only those that end in time.
  private mutating func next(
    until end: ContinuousClock.Instant
  ) -> (any Recommender.Type, SettingValues)? {
    let left = (end - clock.now) / .seconds(1)
    let ranked = bestByKind.filter { outcome in
      guard let search = searches[outcome.trial.kind], !search.isEmpty else { return false }
      return (outcome.trial.fitSeconds + outcome.trial.askSeconds) * 1.2 < left
    }
    guard let top = ranked.first?.trial.quality, top > 0 else { return nil }
    // Sixteen times the chance at the top as at half its quality; a dear kind waits its turn.
    let chances = ranked.map { outcome in
      let share = outcome.trial.quality / top
      return share * share * share * share
        / (1 + outcome.trial.fitSeconds * 5 / max(1, left))
    }
    var draw = Double.random(in: 0..<1, using: &generator) * chances.reduce(0, +)
    for (outcome, chance) in zip(ranked, chances) {
      draw -= chance
      if draw <= 0, let kind = RecommenderKinds.named(outcome.trial.kind, of: options.kinds) {
        return (kind, outcome.values)
      }
    }
    return nil
  }
}
