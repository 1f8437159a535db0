import RPC
import RecommendationProtos

/// Calls to the ranking service, one function a method; all throw `RPCError`.
public struct RankingClient: Sendable {
  /// The channel that calls go over.
  public let channel: Channel

  /// A client over a channel.
  public init(channel: Channel) { self.channel = channel }

  /// Scores of candidates, in the order given.
  public func rank(
    _ request: Recsys_Ranking_V1_RankRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Ranking_V1_RankResponse {
    try await channel.call(RankingMethods.rank, request, options: options)
  }

  /// Additive contributions of every feature to the scores.
  public func attribute(
    _ request: Recsys_Ranking_V1_AttributeRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Ranking_V1_AttributeResponse {
    try await channel.call(RankingMethods.attribute, request, options: options)
  }

  /// The features that a model needs.
  public func describe(
    _ request: Recsys_Ranking_V1_DescribeRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Ranking_V1_DescribeResponse {
    try await channel.call(RankingMethods.describe, request, options: options)
  }

  /// Models in the registry, and which labels point where.
  public func listModels(
    _ request: Recsys_Ranking_V1_ListModelsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Ranking_V1_ListModelsResponse {
    try await channel.call(RankingMethods.listModels, request, options: options)
  }

  /// Moves a label to a version.
  public func setLabel(
    _ request: Recsys_Ranking_V1_SetLabelRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Ranking_V1_SetLabelResponse {
    try await channel.call(RankingMethods.setLabel, request, options: options)
  }
}
