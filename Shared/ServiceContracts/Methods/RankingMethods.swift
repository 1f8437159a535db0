import RPC
import RecommendationProtos

/// The methods of `recsys.ranking.v1.RankingService`.
public enum RankingMethods {
  /// Full name of the service.
  public static let service = "recsys.ranking.v1.RankingService"

  /// Scores of candidates, in the order given.
  public static let rank = UnaryMethod<
    Recsys_Ranking_V1_RankRequest, Recsys_Ranking_V1_RankResponse
  >(service: service, name: "Rank", isRead: true)

  /// Additive contributions of every feature to the scores.
  public static let attribute = UnaryMethod<
    Recsys_Ranking_V1_AttributeRequest, Recsys_Ranking_V1_AttributeResponse
  >(service: service, name: "Attribute", isRead: true)

  /// The features that a model needs.
  public static let describe = UnaryMethod<
    Recsys_Ranking_V1_DescribeRequest, Recsys_Ranking_V1_DescribeResponse
  >(service: service, name: "Describe")

  /// Models in the registry, and which labels point where.
  public static let listModels = UnaryMethod<
    Recsys_Ranking_V1_ListModelsRequest, Recsys_Ranking_V1_ListModelsResponse
  >(service: service, name: "ListModels")

  /// Moves a label to a version.
  public static let setLabel = UnaryMethod<
    Recsys_Ranking_V1_SetLabelRequest, Recsys_Ranking_V1_SetLabelResponse
  >(service: service, name: "SetLabel")
}
