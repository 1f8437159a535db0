import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// What each feature gave to the ranker's scores of a slate: asked of the version that scored it, with the features
/// that it scored.
struct SlateAttribution: Sendable {
  let client: RankingClient

  /// Whether the request has what the question needs: a later page, or one without a ranker, has not.
  func isPossible(for query: RecommendQuery) -> Bool {
    query.ranker != nil && !query.scoredItems.isEmpty && query.itemFeatures != nil
      && query.playback == nil
  }

  /// Asks the ranker; nil where it cannot be asked.
  func ask(
    _ slate: [SlateCandidate], for query: RecommendQuery, timeout: Duration
  ) async throws -> Recsys_Ranking_V1_AttributeResponse? {
    guard let ranker = query.ranker, let features = query.itemFeatures,
      let version = query.versions.first(where: { $0.component == "ranker" })?.version,
      let rows = rows(slate, features, query.scoredItems)
    else { return nil }
    var message = Recsys_Ranking_V1_AttributeRequest()
    message.input.model.version = version
    message.input.fingerprint = ranker.fingerprint
    message.input.itemKeys = slate.map(\.id.rawValue)
    if let features = query.user.features { message.input.userFeatures = features }
    message.input.itemFeatures = rows
    message.input.retrievalFeatures = RankingColumns.retrieval(
      ranker.retrievalFeatures, of: slate, provenance: query.provenance)
    message.input.contextFeatures = RankingColumns.context(
      ranker.contextFeatures, now: query.request.now)
    let response = try await client.attribute(message, options: CallOptions(timeout: timeout))
    guard Int(response.contributions.rows) == slate.count,
      Int(response.contributions.columns) == response.featureNames.count + 1
    else {
      throw GatewayError(
        .malformedAnswer, "the ranker's contributions are not \(slate.count) rows of its features")
    }
    return response
  }

  /// The feature rows of the slate's items; nil where one of them was not scored.
  private func rows(
    _ slate: [SlateCandidate], _ features: Recsys_Common_V1_Matrix, _ items: [UInt64]
  ) -> Recsys_Common_V1_Matrix? {
    guard Int(features.rows) == items.count else { return features.rows == 0 ? features : nil }
    let width = Int(features.columns) * 4
    guard features.values.count == items.count * width else { return nil }
    var result = Recsys_Common_V1_Matrix()
    result.rows = UInt32(clamping: slate.count)
    result.columns = features.columns
    result.schemaFingerprint = features.schemaFingerprint
    var values = Data(capacity: slate.count * width)
    for candidate in slate {
      guard let row = items.firstIndex(of: candidate.id.rawValue) else { return nil }
      let start = features.values.startIndex + row * width
      values.append(features.values[start..<start + width])
    }
    result.values = values
    return result
  }
}
