import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// The ranker's scores, all by one model version. A ranker that was exchanged for one with other features since
/// it was described refuses; then it is asked what it wants now, the features are read anew, and it is tried
/// once more.
struct RankingScorer: CandidateScorer {
  let call: RankCall
  let features: FeatureGathering
  let descriptions: RankerDescriptions

  /// Its calls have deadlines.
  var keepsDeadline: Bool { true }

  init(_ parts: RecommendPipeline.Parts, features: FeatureGathering) {
    call = RankCall(client: parts.backends.ranking, label: parts.policy.rankerLabel)
    self.features = features
    descriptions = parts.descriptions
  }

  /// Not where features are missing: that has been told already.
  func isEnabled(for query: RecommendQuery) -> Bool {
    guard !query.request.withoutRanking else { return false }
    guard let ranker = query.ranker, !query.user.featuresWereRefused else { return true }
    return query.user.features != nil
      && (query.itemFeatures != nil || ranker.itemFeatures.features.isEmpty)
  }

  func score(
    _ candidates: [SlateCandidate], for query: inout RecommendQuery, in context: StageContext
  ) async throws -> [Float] {
    guard let ranker = query.ranker else {
      throw RPCError(.unavailable, "No ranker has been reached yet.")
    }
    do {
      guard !query.user.featuresWereRefused else {
        throw RPCError(.failedPrecondition, "The ranker wants features that are not declared.")
      }
      return try await rank(candidates, for: &query, by: ranker, in: context)
    } catch let error as RPCError where error.code == .failedPrecondition {
      let ranker = try await descriptions.refresh(
        timeout: context.timeRemaining, unlike: ranker.fingerprint)
      query.user = try await features.user(
        for: query, ranker: ranker, timeout: context.timeRemaining)
      query.itemFeatures = try await features.items(
        candidates, for: query, ranker: ranker, timeout: context.timeRemaining)
      query.ranker = ranker
      return try await rank(candidates, for: &query, by: ranker, in: context)
    }
  }

  private func rank(
    _ candidates: [SlateCandidate], for query: inout RecommendQuery, by ranker: RankerDescription,
    in context: StageContext
  ) async throws -> [Float] {
    let response = try await call.rank(
      candidates, for: query, by: ranker, timeout: context.timeRemaining)
    if !response.currentVersion.isEmpty { descriptions.hurry(to: response.currentVersion) }
    query.took("ranker", version: response.modelVersion)
    query.scoredItems = candidates.map(\.id.rawValue)
    query.scores = response.scores
    return response.scores
  }
}
