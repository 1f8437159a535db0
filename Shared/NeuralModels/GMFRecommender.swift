public import Recommenders

/// Generalised matrix factorization (He et al. 2017): a weighed product of a user's and an item's vector.
///
/// Learning gives the same model for a seed on any number of threads.
public struct GMFRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "gmf"
  /// What it is, in a line.
  public static let summary =
    "a weighed product of a user's and an item's vector (GMF; He et al. 2017; libtorch)"
  /// Its settings.
  public static let settings = NeuralCollaborativeFit.settings
  private let values: SettingValues

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    try NeuralCollaborativeFit.run(
      feedback, values, hasProduct: true, hasLayers: false, context)
  }
}
