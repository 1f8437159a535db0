import RPC
import RecommendationProtos

/// Calls to the explanation service, one function a method; all throw `RPCError`.
public struct ExplanationClient: Sendable {
  /// The channel that calls go over.
  public let channel: Channel

  /// A client over a channel.
  public init(channel: Channel) { self.channel = channel }

  /// Reasons for the items of a slate.
  public func explain(
    _ request: Recsys_Explanation_V1_ExplainRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Explanation_V1_ExplainResponse {
    try await channel.call(ExplanationMethods.explain, request, options: options)
  }
}
