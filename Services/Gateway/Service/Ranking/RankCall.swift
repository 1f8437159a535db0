import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// One call of the ranker that a label names.
struct RankCall: Sendable {
  let client: RankingClient
  let label: String

  /// Scores of the candidates, in their order, from the features that the query holds.
  func rank(
    _ candidates: [SlateCandidate], for query: RecommendQuery, by ranker: RankerDescription,
    timeout: Duration
  ) async throws -> Recsys_Ranking_V1_RankResponse {
    var message = Recsys_Ranking_V1_RankRequest()
    message.input.model.label = label
    message.input.fingerprint = ranker.fingerprint
    message.input.itemKeys = candidates.map(\.id.rawValue)
    if let features = query.user.features { message.input.userFeatures = features }
    if let features = query.itemFeatures { message.input.itemFeatures = features }
    message.input.retrievalFeatures = RankingColumns.retrieval(
      ranker.retrievalFeatures, of: candidates, provenance: query.provenance)
    message.input.contextFeatures = RankingColumns.context(
      ranker.contextFeatures, now: query.request.now)
    let response = try await client.rank(message, options: CallOptions(timeout: timeout))
    guard response.scores.count == candidates.count else {
      throw GatewayError(
        .malformedAnswer,
        "the ranker gave \(response.scores.count) scores for \(candidates.count) items")
    }
    return response
  }
}
