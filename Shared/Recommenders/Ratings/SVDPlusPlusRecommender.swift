/// Predicts ratings by biases, factors and what the choice of items says by itself: SVD++ (Koren 2008).
public struct SVDPlusPlusRecommender: Recommender {
  /// "svd++".
  public static let name = "svd++"
  /// What it is.
  public static let summary =
    "predicted ratings: biases, factors and the implicit factors of the items taken (Koren 2008)"
  /// Scores are ratings.
  public static let predictsRatings = true
  /// Its settings.
  public static let settings: [Setting] = [
    .integer("factors", 1...1024, search: 4...64, logarithmic: true, "length of the vectors") {
      RatingDefaults.factors($0)
    },
    .integer("passes", 1...1000, "passes over the ratings") { _ in 30 },
    .real(
      "regularization", 0...100, search: 0.01...0.3, logarithmic: true,
      "penalty of the factors at each step"
    ) { _ in 0.15 },
    .real(
      "bias-regularization", 0...1000, search: 0.5...20, logarithmic: true,
      "penalty of the biases, in ratings"
    ) { _ in 5 },
    .real(
      "learning-rate", 0.00001...1, search: 0.002...0.02, logarithmic: true, "first step of SGD"
    ) { _ in 0.01 },
  ]

  private let options: FactorOptions

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { options = FactorOptions(values) }

  /// Ratings are needed.
  public static func obstacle(_ shape: DataShape) -> String? { RatingTable.obstacle(shape) }

  /// Learns on one thread: the order of the steps is part of the result.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    let table = try RatingTable(feedback)
    var watch = PassWatch(passes: options.passes, context: context)
    var descent = RatingDescent(table, options: options, hasImplicit: true, seed: context.seed)
    return try watch.run({ descent.pass() }, model: { descent.model() })
  }
}
