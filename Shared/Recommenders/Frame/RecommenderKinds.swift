/// All kinds of recommenders. A new one is a line here.
public enum RecommenderKinds {
  /// The kinds, simplest first.
  public static let all: [any Recommender.Type] = [
    RandomRecommender.self,
    PopularityRecommender.self,
    BiasedMFRecommender.self,
    SVDPlusPlusRecommender.self,
    RatingNeighboursRecommender.self,
    BayesianFMRecommender.self,
    RatingBlendRecommender.self,
  ]

  /// The kind of a name; nil when there is none.
  ///
  /// - Parameter kinds: where to look.
  public static func named(
    _ name: String, of kinds: [any Recommender.Type] = all
  ) -> (any Recommender.Type)? {
    kinds.first { $0.name == name }
  }
}
