public import Recommenders

/// Neural matrix factorization (He et al. 2017): a weighed product and a perceptron together.
///
/// Learning gives the same model for a seed on any number of threads.
public struct NeuMFRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "neumf"
  /// What it is, in a line.
  public static let summary =
    "a weighed product and a perceptron together (NeuMF; He et al. 2017; libtorch)"
  /// Its settings.
  public static let settings = NeuralCollaborativeFit.settings
  private let values: SettingValues

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    try NeuralCollaborativeFit.run(
      feedback, values, hasProduct: true, hasLayers: true, context)
  }
}
