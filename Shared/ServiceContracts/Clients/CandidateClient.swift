import RPC
import RecommendationProtos

/// Calls to the candidate generation service, one function a method; all throw `RPCError`.
public struct CandidateClient: Sendable {
  /// The channel that calls go over.
  public let channel: Channel

  /// A client over a channel.
  public init(channel: Channel) { self.channel = channel }

  /// Candidates of each source asked for.
  public func retrieve(
    _ request: Recsys_Candidates_V1_RetrieveRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Candidates_V1_RetrieveResponse {
    try await channel.call(CandidateMethods.retrieve, request, options: options)
  }

  /// Neighbours of items.
  public func similar(
    _ request: Recsys_Candidates_V1_SimilarRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Candidates_V1_SimilarResponse {
    try await channel.call(CandidateMethods.similar, request, options: options)
  }

  /// The sources that this endpoint offers.
  public func listSources(
    _ request: Recsys_Candidates_V1_ListSourcesRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Candidates_V1_ListSourcesResponse {
    try await channel.call(CandidateMethods.listSources, request, options: options)
  }
}
