public import Recommenders

/// A multi-layer perceptron over a user's and an item's vector (He et al. 2017).
///
/// Learning gives the same model for a seed on any number of threads.
public struct MLPRecommender: Recommender {
  /// The name that `--model` takes.
  public static let name = "mlp"
  /// What it is, in a line.
  public static let summary =
    "a perceptron over a user's and an item's vector (MLP; He et al. 2017; libtorch)"
  /// Its settings.
  public static let settings = NeuralCollaborativeFit.settings
  private let values: SettingValues

  /// A recommender with settings of ``settings``.
  public init(_ values: SettingValues) { self.values = values }

  /// Learns.
  public func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    try NeuralCollaborativeFit.run(
      feedback, values, hasProduct: false, hasLayers: true, context)
  }
}
