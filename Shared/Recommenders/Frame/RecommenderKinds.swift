import Synchronization

/// All kinds of recommenders. A new one is a line here.
public enum RecommenderKinds {
  /// The kinds, simplest first.
  public static var all: [any Recommender.Type] { own + added.withLock { $0 } }

  private static let own: [any Recommender.Type] = [
    RandomRecommender.self,
    PopularityRecommender.self,
    BiasedMFRecommender.self,
    SVDPlusPlusRecommender.self,
    RatingNeighboursRecommender.self,
    BayesianFMRecommender.self,
    RatingBlendRecommender.self,
    ItemKNNRecommender.self,
    UserKNNRecommender.self,
    RP3BetaRecommender.self,
    SpectralRecommender.self,
    PureSVDRecommender.self,
    EASERecommender.self,
    SLIMRecommender.self,
    SequenceKNNRecommender.self,
    SLISTRecommender.self,
    ALSRecommender.self,
    BPRRecommender.self,
    WARPRecommender.self,
    CCLRecommender.self,
    SoftmaxMFRecommender.self,
    LightGCNRecommender.self,
    Item2VecRecommender.self,
  ]

  /// Kinds of optional modules.
  private static let added = Mutex<[any Recommender.Type]>([])

  /// Adds the kinds of an optional module, those whose names are not known yet; for the start of a program.
  public static func add(_ kinds: [any Recommender.Type]) {
    added.withLock { added in
      for kind in kinds where !(own + added).contains(where: { $0.name == kind.name }) {
        added.append(kind)
      }
    }
  }

  /// The kind of a name; nil when there is none.
  ///
  /// - Parameter kinds: where to look.
  public static func named(
    _ name: String, of kinds: [any Recommender.Type] = all
  ) -> (any Recommender.Type)? {
    kinds.first { $0.name == name }
  }
}
