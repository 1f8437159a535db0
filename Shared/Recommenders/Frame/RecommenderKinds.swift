/// All kinds of recommenders. A new one is a line here.
public enum RecommenderKinds {
  /// The kinds, simplest first.
  public static let all: [any Recommender.Type] = [
    RandomRecommender.self,
    PopularityRecommender.self,
  ]

  /// The kind of a name; nil when there is none.
  public static func named(_ name: String) -> (any Recommender.Type)? {
    all.first { $0.name == name }
  }
}
