/// How to train gradient-boosted trees. Names are XGBoost's where it has one.
public struct XGBoostParameters: Sendable, Hashable {
  /// What is made small.
  public enum Objective: String, Sendable, Hashable, CaseIterable {
    /// Pairs of a group, weighted by what their exchange does to NDCG: LambdaMART.
    case ndcg = "rank:ndcg"
    /// Pairs of a group, all alike: RankNet's loss.
    case pairwise = "rank:pairwise"
    /// The squared error of the label, groups unseen: sturdy where groups are few.
    case squaredError = "reg:squarederror"
  }

  /// What is made small.
  public var objective = Objective.ndcg
  /// Most rounds, one tree each.
  public var rounds = 300
  /// Rounds without a better validation NDCG after which training ends; 0 never.
  public var earlyStoppingRounds = 30
  /// Deepest tree.
  public var maxDepth = 6
  /// Learning rate.
  public var eta = 0.1
  /// Least sum of hessians in a leaf. LambdaMART's hessians are small: XGBoost's own default of 1
  /// would prune most splits.
  public var minChildWeight = 0.1
  /// L2 regularisation of leaf weights.
  public var lambda = 1.0
  /// Least loss reduction of a split.
  public var gamma = 0.0
  /// Share of rows a tree sees.
  public var subsample = 0.8
  /// Share of columns a tree sees.
  public var columnSample = 0.8
  /// Histogram bins of a column.
  public var maxBins = 256
  /// Seed of the row and column samples.
  public var seed: UInt32 = 1
  /// Threads; 0 all cores. Equal models need an equal number: each thread draws its own pairs.
  public var threads = 0

  /// The defaults.
  public init() {}

  /// As the library takes them.
  var entries: [(name: String, value: String)] {
    var entries = [
      ("objective", objective.rawValue), ("tree_method", "hist"), ("verbosity", "0"),
      // "-": a group in which nothing is relevant counts 0, not 1.
      ("eval_metric", "ndcg@10-"),
      ("max_depth", "\(maxDepth)"), ("eta", "\(eta)"), ("min_child_weight", "\(minChildWeight)"),
      ("lambda", "\(lambda)"), ("gamma", "\(gamma)"), ("subsample", "\(subsample)"),
      ("colsample_bytree", "\(columnSample)"), ("max_bin", "\(maxBins)"), ("seed", "\(seed)"),
    ]
    if threads > 0 { entries.append(("nthread", "\(threads)")) }
    return entries.map { (name: $0.0, value: $0.1) }
  }

  /// For a bundle's manifest.
  public var description: [String: String] {
    var description = Dictionary(entries.map { ($0.name, $0.value) }) { first, _ in first }
    description["rounds"] = "\(rounds)"
    description["early_stopping_rounds"] = "\(earlyStoppingRounds)"
    description["verbosity"] = nil
    return description
  }

  /// Refuses values that would train nothing, or for ever.
  func check() throws {
    let claims: [(String, Bool)] = [
      ("rounds must be from 1 to 100,000", (1...100_000).contains(rounds)),
      ("earlyStoppingRounds must not be negative", earlyStoppingRounds >= 0),
      ("maxDepth must be from 1 to 16", (1...16).contains(maxDepth)),
      ("eta must be above 0 and at most 1", eta > 0 && eta <= 1),
      ("minChildWeight must not be negative", minChildWeight >= 0 && minChildWeight.isFinite),
      ("lambda must not be negative", lambda >= 0 && lambda.isFinite),
      ("gamma must not be negative", gamma >= 0 && gamma.isFinite),
      ("subsample must be above 0 and at most 1", subsample > 0 && subsample <= 1),
      ("columnSample must be above 0 and at most 1", columnSample > 0 && columnSample <= 1),
      ("maxBins must be from 2 to 65,536", (2...65_536).contains(maxBins)),
      ("threads must not be negative", threads >= 0),
    ]
    if let (message, _) = claims.first(where: { !$0.1 }) {
      throw RankerError(.invalidTraining, message)
    }
  }
}
