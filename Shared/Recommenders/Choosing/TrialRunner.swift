import Evaluation

/// Fits kinds on the train side of a split and measures them on what is held out.
struct TrialRunner {
  /// A trial and what was fitted in it.
  struct Outcome {
    var trial: Trial
    var values: SettingValues
    var model: (any FittedRecommender)?
  }

  let split: ValidationSplit
  let quality: TopKQuality
  let k: Int
  let seed: UInt64
  let threads: Int?
  private let clock = ContinuousClock()

  init(split: ValidationSplit, quality: TopKQuality, k: Int, seed: UInt64, threads: Int?) {
    self.split = split
    self.quality = quality
    self.k = k
    self.seed = seed
    self.threads = threads
  }

  /// What the models of the split are asked.
  var asked: AskedHistories { AskedHistories(split.train.histories, areLearned: true) }

  /// Fits and measures; a fit that fails is a trial of quality 0 that says why.
  func run(
    _ kind: any Recommender.Type, _ values: SettingValues, deadline: ContinuousClock.Instant?
  ) -> Outcome {
    let start = clock.now
    var context = FitContext(seed: seed, threads: threads, deadline: deadline)
    // Early stopping looks at fewer users: it is asked after each pass.
    let glimpse = TopKQuality(
      heldOut: split.heldOut, itemCount: quality.itemCount, sample: 1_000, seed: seed)
    let (asked, k, threads) = (asked, k, threads)
    context.validate = {
      try glimpse.metrics(of: $0, asked: asked, k: k, threads: threads).ndcg
    }
    do {
      let model = try kind.init(values).fit(split.train, context: context)
      let fitted = clock.now
      let ndcg = try quality.metrics(of: model, asked: asked, k: k, threads: threads).ndcg
      var refit = values
      for (name, value) in model.found { refit[name] = value }
      let trial = Trial(
        kind: kind.name, settings: refit.texts, quality: ndcg,
        fitSeconds: (fitted - start) / .seconds(1),
        askSeconds: (clock.now - fitted) / .seconds(1))
      return Outcome(trial: trial, values: refit, model: model)
    } catch {
      let trial = Trial(
        kind: kind.name, settings: values.texts, quality: 0,
        fitSeconds: (clock.now - start) / .seconds(1), askSeconds: 0, failure: "\(error)")
      return Outcome(trial: trial, values: values, model: nil)
    }
  }
}
