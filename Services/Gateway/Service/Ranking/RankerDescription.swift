import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// What a ranker wants to be given, as it said itself.
final class RankerDescription: Sendable {
  /// Of the whole input; goes with every Rank.
  let fingerprint: UInt64
  let modelVersion: String
  /// As the Feature service gets them.
  let userFeatures: Recsys_Common_V1_FeatureSet
  let itemFeatures: Recsys_Common_V1_FeatureSet
  /// Nil: a name that this gateway does not know, a missing value in every row.
  let retrievalFeatures: [RetrievalFeature?]
  let contextFeatures: [ContextFeature?]

  /// The description of a message.
  init(_ proto: Recsys_Ranking_V1_DescribeResponse) throws {
    var checks = FieldChecks()
    _ = checks.within("user_features") { FeatureSet(proto: proto.userFeatures, &$0) }
    _ = checks.within("item_features") { FeatureSet(proto: proto.itemFeatures, &$0) }
    checks.require(proto.fingerprint != 0, "fingerprint", "is required")
    do {
      try checks.finish()
    } catch {
      throw GatewayError(
        .malformedAnswer, "the ranker's description is not usable: \(error)", cause: error)
    }
    fingerprint = proto.fingerprint
    modelVersion = proto.modelVersion
    userFeatures = proto.userFeatures
    itemFeatures = proto.itemFeatures
    retrievalFeatures = proto.retrievalFeatures.map { RetrievalFeature(name: $0) }
    contextFeatures = proto.contextFeatures.map { ContextFeature(rawValue: $0) }
  }
}
