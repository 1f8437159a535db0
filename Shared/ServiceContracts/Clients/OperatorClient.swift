import RPC
import RecommendationProtos

/// Calls to the gateway for the people who run the suite, one function a method; all throw `RPCError`.
public struct OperatorClient: Sendable {
  /// The channel that calls go over.
  public let channel: Channel
  /// The operator's token, as metadata.
  private let credentials: Metadata

  /// A client over a channel, with the operator's token.
  public init(channel: Channel, token: String) {
    self.channel = channel
    credentials = Self.credentials(token)
  }

  /// What a call that needs the operator's token shows; also for `WhyItem`.
  public static func credentials(_ token: String) -> Metadata {
    ["authorization": "Bearer \(token)"]
  }

  /// The same answer again, from the request's trace.
  public func replay(
    _ request: Recsys_Gateway_V1_ReplayRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_ReplayResponse {
    try await channel.call(OperatorMethods.replay, request, options: withCredentials(options))
  }

  /// The business rules in force.
  public func getRules(
    _ request: Recsys_Gateway_V1_GetRulesRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_GetRulesResponse {
    try await channel.call(OperatorMethods.getRules, request, options: withCredentials(options))
  }

  /// Puts other business rules into force, or says what they would change.
  public func setRules(
    _ request: Recsys_Gateway_V1_SetRulesRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_SetRulesResponse {
    try await channel.call(OperatorMethods.setRules, request, options: withCredentials(options))
  }

  private func withCredentials(_ options: CallOptions) -> CallOptions {
    var options = options
    options.metadata.append(contentsOf: credentials)
    return options
  }
}
