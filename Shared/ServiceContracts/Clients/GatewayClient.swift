import RPC
import RecommendationProtos

/// Calls to the gateway service, one function a method; all throw `RPCError`.
public struct GatewayClient: Sendable {
  /// The channel that calls go over.
  public let channel: Channel

  /// A client over a channel.
  public init(channel: Channel) { self.channel = channel }

  /// A slate for a user or an anonymous session.
  public func recommend(
    _ request: Recsys_Gateway_V1_RecommendRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_RecommendResponse {
    try await channel.call(GatewayMethods.recommend, request, options: options)
  }

  /// Items like a given item.
  public func similarItems(
    _ request: Recsys_Gateway_V1_SimilarItemsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_SimilarItemsResponse {
    try await channel.call(GatewayMethods.similarItems, request, options: options)
  }

  /// Records events: acknowledged when on disk.
  public func recordEvents(
    _ request: Recsys_Gateway_V1_RecordEventsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_RecordEventsResponse {
    try await channel.call(GatewayMethods.recordEvents, request, options: options)
  }

  /// Records many events over one call. The body writes the requests; the call ends when it returns.
  public func streamEvents(
    options: CallOptions = CallOptions(),
    _ body: (RequestWriter<Recsys_Gateway_V1_StreamEventsRequest>) async throws -> Void
  ) async throws -> Recsys_Gateway_V1_StreamEventsResponse {
    try await channel.call(GatewayMethods.streamEvents, options: options, body)
  }

  /// Why an item is in a user's slate, or why it is not.
  public func whyItem(
    _ request: Recsys_Gateway_V1_WhyItemRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_WhyItemResponse {
    try await channel.call(GatewayMethods.whyItem, request, options: options)
  }

  /// Slates for many users, as each is ready.
  public func recommendBatch(
    _ request: Recsys_Gateway_V1_RecommendBatchRequest, options: CallOptions = CallOptions()
  ) throws -> ResponseStream<Recsys_Gateway_V1_RecommendBatchResponse> {
    try channel.call(GatewayMethods.recommendBatch, request, options: options)
  }

  /// Adds or replaces items of the live catalogue.
  public func upsertItems(
    _ request: Recsys_Gateway_V1_UpsertItemsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_UpsertItemsResponse {
    try await channel.call(GatewayMethods.upsertItems, request, options: options)
  }

  /// Takes items out of the live catalogue.
  public func deleteItems(
    _ request: Recsys_Gateway_V1_DeleteItemsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Gateway_V1_DeleteItemsResponse {
    try await channel.call(GatewayMethods.deleteItems, request, options: options)
  }
}
