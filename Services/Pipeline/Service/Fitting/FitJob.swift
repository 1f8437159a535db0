import Datasets
import Evaluation
import Foundation
import Recommenders

/// Learns from exactly one file and answers for its users: an open door for other people's scorers.
public struct FitJob: Sendable {
  /// What to fit.
  public struct Options: Sendable {
    /// The kind's name, or "auto": kinds are chosen, tuned and blended on a part held out of the file.
    public var model = "auto"
    /// Settings of the kind, as `key=value`.
    public var settings: [String] = []
    /// Of all that is random.
    public var seed: UInt64 = 1
    /// Threads to use; nil: all cores.
    public var threads: Int?
    /// Time of "auto", to the last written line.
    public var budget: Duration = .seconds(600)

    /// Fits that "auto" tries at most; nil: as many as the time allows.
    public var trialLimit: Int?
    /// What "auto" chooses for; nil: ratings where scores are asked of a file with graded values, else ranking.
    public var target: Target?

    /// Defaults.
    public init() {}
  }

  /// What scores are wanted for.
  public enum Target: String, Sendable, CaseIterable {
    /// A good order of each user's items.
    case ranking
    /// Predicted ratings near the true ones.
    case rating
  }

  /// What was done, for people and machines.
  public struct Outcome: Sendable, Encodable {
    /// The kind, or the members of the blend with their weights.
    public var models: [Member]
    /// NDCG@k on the validation part, where "auto" chose; nil otherwise.
    public var validationNDCG: Double?
    /// Fits that "auto" tried.
    public var trials: Int?
    /// Users that were answered.
    public var users: Int
    /// Items that were ranked.
    public var items: Int
    /// Different pairs of a user and an item that were learned from.
    public var pairs: Int
    /// Seconds of choosing and fitting.
    public var fitSeconds: Double
    /// Seconds of answering and writing.
    public var answerSeconds: Double

    /// A kind with its settings.
    public struct Member: Sendable, Encodable {
      /// The kind's name.
      public var kind: String
      /// Its settings.
      public var settings: [String: String]
      /// Its weight; 1 when alone.
      public var weight: Double
    }
  }

  private let options: Options
  private let files: FitInput.Files
  private let output: String

  /// A job.
  ///
  /// - Parameter output: appears when it is whole; what stood there is replaced then.
  public init(_ files: FitInput.Files, options: Options, output: String) {
    self.files = files
    self.options = options
    self.output = output
  }

  /// Writes `user<TAB>item item …` for every user: the best first, without the items of the history.
  ///
  /// - Throws: `DatasetError` for files, `RecommenderError` for models, ``PipelineError`` for the output.
  public func predict(count: Int, progress: ProgressPrinter) throws -> Outcome {
    let start = ContinuousClock.now
    try WholeFile.check(output)
    let input = try FitInput(files, progress: progress)
    var (model, outcome) = try fitted(
      input, k: count, target: options.target ?? .ranking, start: start, progress: progress)
    let fitted = ContinuousClock.now
    let lists = try RecommendedLists(
      of: model, asked: input.asked, itemCount: input.feedback.itemCount, users: input.answered,
      count: count, threads: options.threads)
    try WholeFile.write(output) { file in
      for user in input.answered {
        let items = lists.items[user].map { input.items[Int($0)] }
        try file.write("\(input.users[user])\t\(items.joined(separator: " "))\n")
      }
    }
    outcome.users = input.answered.count
    outcome.fitSeconds = (fitted - start) / .seconds(1)
    outcome.answerSeconds = (ContinuousClock.now - fitted) / .seconds(1)
    return outcome
  }

  /// Writes `user<TAB>item<TAB>score` for every candidate, in the order of their file.
  ///
  /// An item that nothing was learned of stands below all others of its user.
  ///
  /// - Throws: as ``predict(count:progress:)``.
  public func score(progress: ProgressPrinter) throws -> Outcome {
    let start = ContinuousClock.now
    try WholeFile.check(output)
    let input = try FitInput(files, progress: progress)
    guard let candidates = input.candidates else {
      throw PipelineError(.usage, "candidates are missing")
    }
    let isGraded = Set(input.feedback.ratings ?? []).count > 1
    var (model, outcome) = try fitted(
      input, k: 10, target: options.target ?? (isGraded ? .rating : .ranking), start: start,
      progress: progress)
    let fitted = ContinuousClock.now
    let scores = try CandidateScores(
      of: candidates, by: model, asked: input.asked, itemCount: input.feedback.itemCount,
      threads: options.threads)
    try WholeFile.write(output) { file in
      for (place, (user, item)) in zip(candidates.users, candidates.items).enumerated() {
        try file.write(
          "\(input.users[Int(user)])\t\(input.items[Int(item)])\t\(scores.values[place])\n")
      }
    }
    outcome.users = candidates.listed.count
    outcome.fitSeconds = (fitted - start) / .seconds(1)
    outcome.answerSeconds = (ContinuousClock.now - fitted) / .seconds(1)
    return outcome
  }

  private func fitted(
    _ input: FitInput, k: Int, target: Target, start: ContinuousClock.Instant,
    progress: ProgressPrinter
  ) throws -> (any FittedRecommender, Outcome) {
    let shape = input.feedback.shape
    var outcome = Outcome(
      models: [], users: 0, items: shape.items, pairs: shape.pairs, fitSeconds: 0, answerSeconds: 0)
    var name = options.model
    var context = FitContext(seed: options.seed, threads: options.threads)
    if name == "auto", target == .rating {
      // The blend learns its own weights inside the data; there is nothing left to choose.
      name = RatingBlendRecommender.name
      context.deadline = start + options.budget * 0.93
      progress.say("the values are graded: predicting ratings by \(name)")
    }
    guard name != "auto" else {
      var chooser = ModelChooser.Options()
      chooser.k = k
      // Reading has taken its part of the time; answering and writing will.
      let spent = ContinuousClock.now - start
      chooser.budget = max(.seconds(1), (options.budget - spent) * 0.93)
      chooser.seed = options.seed
      chooser.trialLimit = options.trialLimit
      chooser.threads = options.threads
      chooser.log = { progress.say($0) }
      let choice = try ModelChooser(chooser).choose(input.feedback, heldOut: input.heldOut)
      outcome.models = choice.members.map {
        Outcome.Member(kind: $0.kind, settings: $0.settings, weight: $0.weight)
      }
      outcome.validationNDCG = choice.quality
      outcome.trials = choice.trials.count
      return (choice.model, outcome)
    }
    guard let kind = RecommenderKinds.named(name) else {
      let names = RecommenderKinds.all.map { $0.name }.joined(separator: ", ")
      throw PipelineError(.usage, "there is no model \(name); there are auto, \(names)")
    }
    if let obstacle = kind.obstacle(shape) {
      throw PipelineError(.insufficientData, "\(kind.name): \(obstacle)")
    }
    let values = try SettingValues(
      kind.settings, shape: shape, replacing: try Self.settings(options.settings))
    context.progress = { pass in
      let loss = pass.loss.map { String(format: "loss %.5f", $0) } ?? ""
      let quality = pass.quality.map { String(format: " NDCG %.4f", $0) } ?? ""
      progress.report(
        "fitting \(kind.name)", done: pass.pass, total: pass.passes, unit: "passes",
        note: loss + quality)
    }
    if let heldOut = input.heldOut {
      let quality = TopKQuality(
        heldOut: heldOut, itemCount: shape.items, sample: 5_000, seed: options.seed)
      let asked = AskedHistories(input.feedback.histories, areLearned: true)
      context.validate = { try quality.metrics(of: $0, asked: asked, k: k).ndcg }
    }
    let model = try kind.init(values).fit(input.feedback, context: context)
    outcome.models = [Outcome.Member(kind: kind.name, settings: values.texts, weight: 1)]
    return (model, outcome)
  }

  /// `key=value` texts by key.
  private static func settings(_ texts: [String]) throws -> [String: String] {
    var settings: [String: String] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, settings.updateValue(parts[1], forKey: parts[0]) == nil else {
        throw PipelineError(.usage, "--set \(text): key=value wanted, each key once")
      }
    }
    return settings
  }
}
