import RPC
import RecommendationProtos

/// Calls to the feature service, one function a method; all throw `RPCError`.
public struct FeatureClient: Sendable {
  /// The channel that calls go over.
  public let channel: Channel

  /// A client over a channel.
  public init(channel: Channel) { self.channel = channel }

  /// One read of all that a request needs of its user.
  public func getUser(
    _ request: Recsys_Features_V1_GetUserRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Features_V1_GetUserResponse {
    try await channel.call(FeatureMethods.getUser, request, options: options)
  }

  /// Online features of many items, columnar.
  public func getItems(
    _ request: Recsys_Features_V1_GetItemsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Features_V1_GetItemsResponse {
    try await channel.call(FeatureMethods.getItems, request, options: options)
  }

  /// Records events; answers when every accepted event is on disk.
  public func recordEvents(
    _ request: Recsys_Features_V1_RecordEventsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Features_V1_RecordEventsResponse {
    try await channel.call(FeatureMethods.recordEvents, request, options: options)
  }

  /// Adds or replaces items of the live catalogue.
  public func upsertItems(
    _ request: Recsys_Features_V1_UpsertItemsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Features_V1_UpsertItemsResponse {
    try await channel.call(FeatureMethods.upsertItems, request, options: options)
  }

  /// Takes items out of the live catalogue.
  public func deleteItems(
    _ request: Recsys_Features_V1_DeleteItemsRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Features_V1_DeleteItemsResponse {
    try await channel.call(FeatureMethods.deleteItems, request, options: options)
  }

  /// The catalogue's changes from a sequence number on, then each as it happens.
  public func watchItems(
    _ request: Recsys_Features_V1_WatchItemsRequest, options: CallOptions = CallOptions()
  ) throws -> ResponseStream<Recsys_Features_V1_WatchItemsResponse> {
    try channel.call(FeatureMethods.watchItems, request, options: options)
  }

  /// The features that the service declares.
  public func listFeatures(
    _ request: Recsys_Features_V1_ListFeaturesRequest, options: CallOptions = CallOptions()
  ) async throws -> Recsys_Features_V1_ListFeaturesResponse {
    try await channel.call(FeatureMethods.listFeatures, request, options: options)
  }
}
