import RecommendationCore

/// Chooses, tunes and blends kinds on a validation part, and fits the choice on all that was given.
///
/// Within a time: first every kind with its defaults, then settings near and far from what was good, the
/// better kinds more often; then the best of each kind are weighed against one another; the members of the
/// blend learn again from everything. Fits are deterministic by seed; which of them the time allows is not.
public struct ModelChooser {
  /// What to choose for.
  public struct Options: Sendable {
    /// Places of the list whose NDCG counts.
    public var k = 20
    /// Time for everything up to the last fit.
    public var budget: Duration = .seconds(600)
    /// Fits on the validation part at most; nil: as many as the time allows. With a limit and time enough, equal
    /// seeds choose the same.
    public var trialLimit: Int?
    /// Of fits, splits and draws.
    public var seed: UInt64 = 1
    /// Threads to use; nil: all cores.
    public var threads: Int?
    /// The kinds to choose from: by default all that are made for ranking.
    public var kinds: [any Recommender.Type] = RecommenderKinds.all.filter { !$0.predictsRatings }
    /// Told in a line what happens.
    public var log: @Sendable (String) -> Void = { _ in }

    /// Defaults.
    public init() {}
  }

  /// A member of the blend.
  public struct Member: Sendable {
    /// The kind's name.
    public var kind: String
    /// Its settings.
    public var settings: [String: String]
    /// Its weight in the blend of standardised scores.
    public var weight: Double
    /// NDCG of it alone on the validation part.
    public var quality: Double
  }

  /// What was chosen, and why.
  public struct Choice: Sendable {
    /// The blend, fitted on everything.
    public var model: any FittedRecommender
    /// Its members.
    public var members: [Member]
    /// NDCG of the blend on the validation part, on which it was also weighed.
    public var quality: Double
    /// All that was tried.
    public var trials: [Trial]
    /// Seconds in all.
    public var seconds: Double
  }

  private let options: Options
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  /// A chooser; its time begins now.
  public init(_ options: Options) {
    self.options = options
    start = clock.now
  }

  /// Chooses for feedback.
  ///
  /// - Parameters:
  ///   - feedback: all that may be learned from.
  ///   - heldOut: a validation part that is given, a list a user; nil: one is held out of the feedback, each
  ///     user's last act where the order is known, a tenth of each user's acts otherwise.
  /// - Throws: ``RecommenderError`` when no kind can learn from the data.
  public func choose(_ feedback: Feedback, heldOut: [[Int32]]? = nil) throws -> Choice {
    let split: ValidationSplit
    if let heldOut {
      split = ValidationSplit(train: feedback, heldOut: heldOut)
    } else {
      split = try ValidationSplit(
        feedback, rule: feedback.histories.isOrdered ? .lastAct : .share(0.1, latest: false),
        seed: options.seed)
    }
    // So many users that a measuring is short beside a fit, and a difference of a percent is seen.
    let sample = max(2_000, 200_000_000 / max(1, feedback.itemCount))
    let quality = TopKQuality(
      heldOut: split.heldOut, itemCount: feedback.itemCount, sample: sample, seed: options.seed)
    guard !quality.users.isEmpty else {
      throw RecommenderError(.unsuitableData, "nobody has enough items to hold one out")
    }
    let runner = TrialRunner(
      split: split, quality: quality, k: options.k, seed: options.seed, threads: options.threads)
    var search = ChoiceSearch(options: options, runner: runner, shape: feedback.shape)
    options.log(
      "\(feedback.userCount) users, \(feedback.itemCount) items, \(feedback.pairCount) pairs; "
        + "chosen by NDCG@\(options.k) of \(quality.users.count) users")
    // The last fits see all data and cost what they cost before, so a good third is theirs.
    search.run(until: start + options.budget * 0.55)
    return try blended(search, runner, feedback, isRefitted: heldOut == nil)
  }

  private func blended(
    _ search: ChoiceSearch, _ runner: TrialRunner, _ feedback: Feedback, isRefitted: Bool
  ) throws -> Choice {
    var found = search.bestByKind
    guard let best = found.first else {
      let reasons = search.trials.compactMap { trial in
        trial.failure.map { "\(trial.kind): \($0)" }
      }
      throw RecommenderError(
        .unsuitableData,
        "no kind can learn from this: \(reasons.joined(separator: "; "))")
    }
    // What must still be done: one fit of each member, with time for slower turns.
    let end = start + options.budget
    var weights: [Float] = []
    var ndcg = 0.0
    repeat {
      let pool = try BlendPool(
        found.compactMap(\.model), quality: runner.quality, asked: runner.asked, k: options.k,
        depth: max(50, 3 * options.k), threads: options.threads)
      (weights, ndcg) = pool.weights(margin: 0.002, threads: options.threads)
      let needed = zip(found, weights).reduce(0) {
        $0 + ($1.1 > 0 ? $1.0.trial.fitSeconds : 0)
      }
      let left = (end - clock.now) / .seconds(1)
      guard isRefitted, needed * 1.3 > left, found.count > 1 else { break }
      let dearest = found.indices.max {
        found[$0].trial.fitSeconds < found[$1].trial.fitSeconds
      }
      if let dearest { found.remove(at: dearest) }
    } while true
    options.log(
      "blend: NDCG \(Self.digits(ndcg)), best alone \(best.trial.kind) \(Self.digits(best.trial.quality))"
    )
    var members: [BlendedModel.Member] = []
    var named: [Member] = []
    for (outcome, weight) in zip(found, weights) where weight > 0 {
      guard let kind = RecommenderKinds.named(outcome.trial.kind, of: options.kinds),
        let validated = outcome.model
      else { continue }
      options.log("\(outcome.trial.kind) × \(Self.digits(Double(weight))): \(outcome.values)")
      var model = validated
      if isRefitted {
        let context = FitContext(
          seed: options.seed, threads: options.threads, deadline: end)
        model = try kind.init(outcome.values).fit(feedback, context: context)
      }
      members.append(BlendedModel.Member(model: model, weight: weight))
      named.append(
        Member(
          kind: outcome.trial.kind, settings: outcome.values.texts, weight: Double(weight),
          quality: outcome.trial.quality))
    }
    return Choice(
      model: BlendedModel(members, itemCount: feedback.itemCount), members: named, quality: ndcg,
      trials: search.trials, seconds: (clock.now - start) / .seconds(1))
  }

  static func digits(_ value: Double) -> String {
    let scaled = (value * 10_000).rounded() / 10_000
    return "\(scaled)"
  }
}
