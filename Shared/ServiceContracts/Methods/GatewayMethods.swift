import RPC
import RecommendationProtos

/// The methods of `recsys.gateway.v1.RecommendationService`.
public enum GatewayMethods {
  /// Full name of the service.
  public static let service = "recsys.gateway.v1.RecommendationService"

  /// A slate for a user or an anonymous session.
  public static let recommend = UnaryMethod<
    Recsys_Gateway_V1_RecommendRequest, Recsys_Gateway_V1_RecommendResponse
  >(service: service, name: "Recommend")

  /// Items like a given item.
  public static let similarItems = UnaryMethod<
    Recsys_Gateway_V1_SimilarItemsRequest, Recsys_Gateway_V1_SimilarItemsResponse
  >(service: service, name: "SimilarItems")

  /// Records events: acknowledged when on disk.
  public static let recordEvents = UnaryMethod<
    Recsys_Gateway_V1_RecordEventsRequest, Recsys_Gateway_V1_RecordEventsResponse
  >(service: service, name: "RecordEvents")

  /// Records many events over one call.
  public static let streamEvents = ClientStreamingMethod<
    Recsys_Gateway_V1_StreamEventsRequest, Recsys_Gateway_V1_StreamEventsResponse
  >(service: service, name: "StreamEvents")

  /// Why an item is in a user's slate, or why it is not.
  public static let whyItem = UnaryMethod<
    Recsys_Gateway_V1_WhyItemRequest, Recsys_Gateway_V1_WhyItemResponse
  >(service: service, name: "WhyItem")

  /// Slates for many users, as each is ready.
  public static let recommendBatch = ServerStreamingMethod<
    Recsys_Gateway_V1_RecommendBatchRequest, Recsys_Gateway_V1_RecommendBatchResponse
  >(service: service, name: "RecommendBatch")

  /// Adds or replaces items of the live catalogue.
  public static let upsertItems = UnaryMethod<
    Recsys_Gateway_V1_UpsertItemsRequest, Recsys_Gateway_V1_UpsertItemsResponse
  >(service: service, name: "UpsertItems")

  /// Takes items out of the live catalogue.
  public static let deleteItems = UnaryMethod<
    Recsys_Gateway_V1_DeleteItemsRequest, Recsys_Gateway_V1_DeleteItemsResponse
  >(service: service, name: "DeleteItems")
}
