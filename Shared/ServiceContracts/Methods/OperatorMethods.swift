import RPC
import RecommendationProtos

/// The methods of `recsys.gateway.v1.OperatorService`.
public enum OperatorMethods {
  /// Full name of the service.
  public static let service = "recsys.gateway.v1.OperatorService"

  /// The same answer again, from the request's trace.
  public static let replay = UnaryMethod<
    Recsys_Gateway_V1_ReplayRequest, Recsys_Gateway_V1_ReplayResponse
  >(service: service, name: "Replay")

  /// The business rules in force.
  public static let getRules = UnaryMethod<
    Recsys_Gateway_V1_GetRulesRequest, Recsys_Gateway_V1_GetRulesResponse
  >(service: service, name: "GetRules")

  /// Puts other business rules into force, or says what they would change.
  public static let setRules = UnaryMethod<
    Recsys_Gateway_V1_SetRulesRequest, Recsys_Gateway_V1_SetRulesResponse
  >(service: service, name: "SetRules")
}
