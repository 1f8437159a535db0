import RPC
import StagePipeline

/// One read of all that is known of the user.
struct UserHydrator: QueryHydrator {
  private static let refusals: Set<StatusCode> = [.invalidArgument, .failedPrecondition]

  let features: FeatureGathering

  /// Its calls have deadlines.
  var keepsDeadline: Bool { true }

  func hydrate(_ query: inout RecommendQuery, in context: StageContext) async throws {
    do {
      query.user = try await features.user(
        for: query, ranker: query.ranker, timeout: context.timeRemaining)
    } catch let error as RPCError
      where query.ranker != nil && Self.refusals.contains(error.code)
    {
      // The ranker wants features that this Feature service does not declare. That is the ranking's
      // loss, not the user's: history and seen set are there all the same.
      query.user = try await features.user(
        for: query, ranker: nil, timeout: context.timeRemaining)
      query.user.featuresWereRefused = true
    }
    query.took("feature-state", version: String(query.user.version))
  }
}
