public import Recommenders

/// The kinds that learn on libtorch. A new one is a line here.
public enum NeuralKinds {
  /// The kinds.
  public static let all: [any Recommender.Type] = [
    SASRecRecommender.self,
    TwoTowerRecommender.self,
    GMFRecommender.self,
    MLPRecommender.self,
    NeuMFRecommender.self,
  ]

  /// Makes the kinds known to ``RecommenderKinds``; programs that link this module call it when they start.
  public static func register() { RecommenderKinds.add(all) }
}
