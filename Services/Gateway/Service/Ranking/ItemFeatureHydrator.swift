import RecommendationProtos
import StagePipeline

/// The item and interaction features that the ranker wants.
struct ItemFeatureHydrator: CandidateHydrator {
  let features: FeatureGathering

  /// Its calls have deadlines.
  var keepsDeadline: Bool { true }

  /// Without the user's features there will be no ranking, and so no need of the items'.
  func isEnabled(for query: RecommendQuery) -> Bool {
    guard let ranker = query.ranker, !ranker.itemFeatures.features.isEmpty else { return false }
    return query.user.features != nil
  }

  func hydrate(
    _ candidates: inout [SlateCandidate], for query: inout RecommendQuery,
    in context: StageContext
  ) async throws {
    guard let ranker = query.ranker else { return }
    query.itemFeatures = try await features.items(
      candidates, for: query, ranker: ranker, timeout: context.timeRemaining)
  }
}
