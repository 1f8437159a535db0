import StagePipeline

/// The stages of a request's way that ask other services. All others are the gateway's own work, and come out alike
/// whenever these do.
struct ServiceStages: Sendable {
  typealias Source = any CandidateSource<RecommendQuery, [RetrievedList]>
  typealias Hydrator = any CandidateHydrator<RecommendQuery, SlateCandidate>

  static let user = "features/user"
  static let itemFeatures = "features/items"
  static let popularity = "features/popularity"
  static let ranking = "ranking"
  static let explanation = "explanation"
  /// Names of all of them but the sources.
  static let names = [
    user, PopularSource.name, itemFeatures, popularity, ranking, explanation,
  ]

  var user: any QueryHydrator<RecommendQuery>
  let sources: [(name: String, source: Source, isRequired: Bool)]
  let popular: Source
  /// Asked in turn where filters leave less than a slate.
  let refill: [(name: String, source: Source)]
  let itemFeatures: Hydrator
  let popularity: Hydrator
  let scorer: any CandidateScorer<RecommendQuery, SlateCandidate>
  let explanation: Hydrator

  /// Stages that ask.
  static func asking(_ parts: RecommendPipeline.Parts) -> ServiceStages {
    let features = FeatureGathering(
      client: parts.backends.features, historyLimit: parts.policy.historyLimit)
    return ServiceStages(
      user: UserHydrator(features: features),
      sources: parts.backends.endpoints(of: parts.policy).map {
        ($0.name, $0.source, $0.source.isRequired)
      },
      popular: PopularSource(popular: parts.popular, limit: parts.policy.candidateLimit),
      refill: refill(parts),
      itemFeatures: ItemFeatureHydrator(features: features),
      popularity: PopularityHydrator(features: features),
      scorer: RankingScorer(parts, features: features),
      explanation: ExplanationHydrator(
        client: parts.backends.explanation,
        attribution: SlateAttribution(client: parts.backends.ranking)))
  }

  /// The endpoints once more, for more, and in the end the catalogue itself.
  private static func refill(
    _ parts: RecommendPipeline.Parts
  ) -> [(name: String, source: Source)] {
    let endpoints = parts.backends.endpoints(of: parts.policy).map { name, source in
      var again = source
      again.isRefill = true
      return (name: "refill/" + name, source: again as Source)
    }
    return endpoints + [(CatalogueSource.name, CatalogueSource())]
  }
}
