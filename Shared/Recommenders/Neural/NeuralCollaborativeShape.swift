/// The sizes of neural collaborative filtering (He et al. 2017).
public struct NeuralCollaborativeShape: Sendable, Equatable {
  /// Number of users.
  public var users: Int
  /// Number of items.
  public var items: Int
  /// Values of the last layer of each part.
  public var factors: Int
  /// Whether the generalised matrix factorization takes part.
  public var hasProduct: Bool
  /// Whether the layers of the multi-layer perceptron take part.
  public var hasLayers: Bool

  /// Sizes.
  public init(users: Int, items: Int, factors: Int, hasProduct: Bool, hasLayers: Bool) {
    self.users = users
    self.items = items
    self.factors = factors
    self.hasProduct = hasProduct
    self.hasLayers = hasLayers
  }

  /// Width of a user's or an item's vector before the layers.
  public var layerWidth: Int { 2 * factors }
  /// Outputs of the layers after the first, which takes both vectors: a tower, each half of the one before.
  public var layerOutputs: [Int] { [4 * factors, 2 * factors, factors] }
  /// Inputs of the output.
  public var outputWidth: Int { (hasProduct ? factors : 0) + (hasLayers ? factors : 0) }
}
