/// Predicts ratings by a mean, biases of user and item, and factors (Koren, Bell, Volinsky 2009).
///
/// By alternating least squares: each user's vector and bias are the exact best for the items' (regularised by
/// the number of ratings, Zhou et al. 2008), then the other way round. By stochastic gradient descent (Funk
/// 2006, Koren 2008): one thread, because the order of the steps is part of the result.
public struct BiasedMFRecommender: Recommender {
  /// "biased-mf".
  public static let name = "biased-mf"
  /// What it is.
  public static let summary =
    "predicted ratings: mean, biases and factors, by ALS or SGD (Koren, Bell, Volinsky 2009)"
  /// Scores are ratings.
  public static let predictsRatings = true
  /// Its settings.
  public static let settings: [Setting] = [
    .names("solver", ["als", "sgd"], isSearched: false, "how the factors are found") { _ in "als" },
    .integer("factors", 0...1024, search: 4...64, logarithmic: true, "length of the vectors") {
      RatingDefaults.factors($0)
    },
    .integer("passes", 1...1000, "passes over the ratings") { _ in 20 },
    .real(
      "regularization", 0...100, search: 0.01...1, logarithmic: true,
      "penalty of the factors for each rating"
    ) { _ in 0.15 },
    .real(
      "bias-regularization", 0...1000, search: 0.5...20, logarithmic: true,
      "penalty of the biases, in ratings"
    ) { _ in 5 },
    .real(
      "learning-rate", 0.00001...1, search: 0.002...0.02, logarithmic: true, "first step of SGD"
    ) { _ in 0.01 },
  ]

  private let solver: String
  private let options: FactorOptions

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) {
    solver = values.name("solver")
    options = FactorOptions(values)
  }

  /// Ratings are needed.
  public static func obstacle(_ shape: DataShape) -> String? { RatingTable.obstacle(shape) }

  /// Learns.
  ///
  /// - Throws: ``RecommenderError`` where there are no ratings, or the steps of SGD run away.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let table = try RatingTable(feedback)
    var watch = PassWatch(passes: options.passes, context: context)
    if solver == "sgd" {
      var descent = RatingDescent(table, options: options, hasImplicit: false, seed: context.seed)
      return try watch.run({ descent.pass() }, model: { descent.model() })
    }
    var squares = RatingLeastSquares(
      table, options: options, seed: context.seed, threads: context.threads)
    return try watch.run({ squares.pass() }, model: { squares.model() })
  }
}

/// What the solvers of factor models of ratings take.
struct FactorOptions: Sendable {
  var factors: Int
  var passes: Int
  var regularization: Float
  var biasRegularization: Float
  var learningRate: Float

  init(
    factors: Int, passes: Int, regularization: Float, biasRegularization: Float,
    learningRate: Float
  ) {
    self.factors = factors
    self.passes = passes
    self.regularization = regularization
    self.biasRegularization = biasRegularization
    self.learningRate = learningRate
  }

  init(_ values: SettingValues) {
    self.init(
      factors: values.integer("factors"), passes: values.integer("passes"),
      regularization: values.float("regularization"),
      biasRegularization: values.float("bias-regularization"),
      learningRate: values.float("learning-rate"))
  }
}

/// Rules of defaults that the kinds share.
enum RatingDefaults {
  /// The more ratings a row of the smaller side has, the more factors it can bear: their square root, from 4 to
  /// 64.
  static func factors(_ shape: DataShape) -> Int {
    let rows = max(1, max(shape.users, shape.items))
    let each = Double(shape.pairs) / Double(rows)
    return min(64, max(4, Int((2 * each.squareRoot()).rounded())))
  }
}
