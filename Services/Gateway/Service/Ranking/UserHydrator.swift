import StagePipeline

/// One read of all that is known of the user.
struct UserHydrator: QueryHydrator {
  let features: FeatureGathering

  func hydrate(_ query: inout RecommendQuery, in context: StageContext) async throws {
    query.user = try await features.user(
      for: query, ranker: query.ranker, timeout: context.timeRemaining)
    query.took("feature-state", version: String(query.user.version))
  }
}
