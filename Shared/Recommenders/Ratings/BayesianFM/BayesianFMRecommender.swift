import LinearAlgebra
import Synchronization

/// Predicts ratings by a factorization machine of users, items, the items a user met and the users an item met,
/// all its parameters and regularisations drawn by Gibbs sampling.
///
/// Salakhutdinov and Mnih, "Bayesian Probabilistic Matrix Factorization using MCMC", 2008; Rendle, "Factorization
/// Machines with libFM", 2012; Rendle, Zhang and Koren, "On the Difficulty of Evaluating Baselines", 2019 (there
/// "Bayesian SVD++ flipped", also with an ordered probit).
///
/// Chains run on as many cores as there are; their number is a setting, so that results do not depend on the
/// number of threads.
public struct BayesianFMRecommender: Recommender {
  /// "bayesian-fm".
  public static let name = "bayesian-fm"
  /// What it is.
  public static let summary =
    "predicted ratings: Gibbs-sampled factorization machine with SVD++ both ways (Rendle et al. 2019)"
  /// Scores are ratings.
  public static let predictsRatings = true
  /// Its settings.
  public static let settings: [Setting] = [
    .integer("factors", 0...256, search: 4...64, logarithmic: true, "length of the vectors") {
      BayesianFMRecommender.defaultFactors($0)
    },
    .integer("burn-in", 1...10_000, "sweeps of each chain before samples are kept") { _ in 60 },
    .integer("sweeps", 1...10_000, "sweeps of each chain that follow") { _ in 240 },
    .integer("kept", 1...1000, "samples kept of each chain, evenly over the sweeps") { _ in 60 },
    .integer("chains", 1...64, "chains whose samples are averaged") { _ in 2 },
    .names(
      "link", ["gaussian", "ordinal"], isSearched: true,
      "whether ratings are numbers with noise, or grades between thresholds"
    ) { _ in "ordinal" },
    .real(
      "prior-rate", 0.0001...10, search: 0.03...1, logarithmic: true,
      "rate of the gamma prior of every precision; smaller lets useless factors die"
    ) { _ in 0.1 },
  ]

  /// Twice as many as models with one regularisation bear: each factor has its own, and useless ones die.
  static func defaultFactors(_ shape: DataShape) -> Int {
    min(64, 2 * RatingDefaults.factors(shape))
  }

  private let values: SettingValues

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { self.values = values }

  /// Ratings are needed, and not too many for hundreds of sweeps.
  public static func obstacle(_ shape: DataShape) -> String? {
    if let obstacle = RatingTable.obstacle(shape) { return obstacle }
    // Hundreds of sweeps over all ratings, and a copy of all vectors for each sample.
    if shape.pairs > 30_000_000 { return "hundreds of sweeps over so many ratings take hours" }
    if shape.users + shape.items > 1_000_000 { return "samples of so many vectors do not fit" }
    return nil
  }

  /// Learns.
  ///
  /// - Throws: ``RecommenderError/Code/unsuitableData`` where there are no ratings.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    fit(try RatingTable(feedback), context: context)
  }

  /// Learns from a table. Where the time is over, from the samples that there are by then.
  func fit(_ table: RatingTable, context: FitContext) -> BayesianRatings {
    let (chains, burnIn) = (values.integer("chains"), values.integer("burn-in"))
    let sweeps = values.integer("sweeps")
    let factors = values.integer("factors")
    let every = max(1, sweeps / max(1, values.integer("kept")))
    let isOrdinal = values.name("link") == "ordinal"
    let rate = values.real("prior-rate")
    let kept = Mutex([[BayesianSample]](repeating: [], count: chains))
    let done = Atomic<Int>(0)
    ParallelRows(threads: context.threads, blockSize: 1).run(count: chains) { _, block in
      for index in block {
        var chain = GibbsChain(
          table, factors: factors, isOrdinal: isOrdinal, priorRate: rate,
          seed: context.seed &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15)
        var samples: [BayesianSample] = []
        for sweep in 1...(burnIn + sweeps) {
          chain.sweep(isLearning: sweep <= burnIn)
          if sweep > burnIn, (sweep - burnIn) % every == 0 { samples.append(chain.sample()) }
          let total = done.add(1, ordering: .relaxed).newValue
          context.progress(
            FitProgress(pass: total, passes: chains * (burnIn + sweeps), loss: chain.loss))
          if context.shouldStop { break }
        }
        if samples.isEmpty { samples = [chain.sample()] }
        let found = samples
        kept.withLock { $0[index] = found }
      }
    }
    return BayesianRatings(
      samples: kept.withLock { $0.flatMap { $0 } }, factors: factors, itemCount: table.itemCount)
  }
}
