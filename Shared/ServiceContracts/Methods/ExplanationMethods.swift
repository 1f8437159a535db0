import RPC
import RecommendationProtos

/// The methods of `recsys.explanation.v1.ExplanationService`.
public enum ExplanationMethods {
  /// Full name of the service.
  public static let service = "recsys.explanation.v1.ExplanationService"

  /// Reasons for the items of a slate.
  public static let explain = UnaryMethod<
    Recsys_Explanation_V1_ExplainRequest, Recsys_Explanation_V1_ExplainResponse
  >(service: service, name: "Explain", isRead: true)
}
