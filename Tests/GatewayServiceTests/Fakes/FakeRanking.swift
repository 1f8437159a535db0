import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization
import TestSupport

/// Scores by the first item feature. Refuses features that were gathered for another model.
final class FakeRanking: Sendable {
  let service = FakeService()
  let requests = Requests<Recsys_Ranking_V1_RankRequest>()
  let describes = Requests<Recsys_Ranking_V1_DescribeRequest>()
  /// The model that is served: another number, other features.
  let model = Mutex(1)
  /// Rankings by the model of this label are not answered.
  let hangsFor = Mutex("")
  /// Turns every score to this, where set.
  let score = Mutex<(@Sendable (UInt64) -> Float)?>(nil)

  static func description(_ model: Int) -> Recsys_Ranking_V1_DescribeResponse {
    var response = Recsys_Ranking_V1_DescribeResponse()
    response.modelVersion = "model-\(model)"
    response.kind = "linear"
    response.fingerprint = UInt64(1_000 + model)
    response.userFeatures =
      FeatureSet([FeatureReference(view: "user", name: "age")]).proto
    response.itemFeatures =
      FeatureSet(
        [FeatureReference(view: "item", name: "appeal")]
          + (1..<model).map { FeatureReference(view: "item", name: "extra_\($0)") }
      ).proto
    response.retrievalFeatures = [
      "als.score", "trending.rank", "source_count", "gone.score", "gone.rank", "nonsense",
    ]
    response.contextFeatures = ["hour_of_day", "day_of_week"]
    return response
  }

  func start() throws {
    var definition = ServiceDefinition(RankingMethods.service)
    definition.unary(RankingMethods.describe) { [self] request, _ in
      describes.append(request)
      return try await service.answer("describe") { Self.description(model.withLock { $0 }) }
    }
    definition.unary(RankingMethods.rank) { [self] request, _ in
      requests.append(request)
      if request.input.model.label == hangsFor.withLock({ $0 }) {
        try await Gate().waitCancellably()
      }
      return try await service.answer("rank") { try rank(request.input) }
    }
    try service.start(definition)
  }

  private func rank(_ input: Recsys_Ranking_V1_ScoringInput) throws
    -> Recsys_Ranking_V1_RankResponse
  {
    let description = Self.description(model.withLock { $0 })
    guard input.fingerprint == description.fingerprint else {
      throw RPCError(.failedPrecondition, "The features are for another model.")
    }
    let features = try FeatureMatrix(proto: input.itemFeatures)
    guard features.rows == input.itemKeys.count,
      features.columns == description.itemFeatures.features.count
    else { throw RPCError(.invalidArgument, "The item features do not fit.") }
    var response = Recsys_Ranking_V1_RankResponse()
    let score = score.withLock { $0 }
    response.scores = input.itemKeys.indices.map {
      score?(input.itemKeys[$0]) ?? features[$0, 0]
    }
    response.modelVersion = description.modelVersion
    response.fingerprint = description.fingerprint
    return response
  }
}
