import RPC
import RecommendationProtos

/// The methods of `recsys.features.v1.FeatureService`.
public enum FeatureMethods {
  /// Full name of the service.
  public static let service = "recsys.features.v1.FeatureService"

  /// One read of all that a request needs of its user.
  public static let getUser = UnaryMethod<
    Recsys_Features_V1_GetUserRequest, Recsys_Features_V1_GetUserResponse
  >(service: service, name: "GetUser", isRead: true)

  /// Online features of many items, columnar.
  public static let getItems = UnaryMethod<
    Recsys_Features_V1_GetItemsRequest, Recsys_Features_V1_GetItemsResponse
  >(service: service, name: "GetItems", isRead: true)

  /// Records events; answers when every accepted event is on disk.
  public static let recordEvents = UnaryMethod<
    Recsys_Features_V1_RecordEventsRequest, Recsys_Features_V1_RecordEventsResponse
  >(service: service, name: "RecordEvents")

  /// Adds or replaces items of the live catalogue.
  public static let upsertItems = UnaryMethod<
    Recsys_Features_V1_UpsertItemsRequest, Recsys_Features_V1_UpsertItemsResponse
  >(service: service, name: "UpsertItems")

  /// Takes items out of the live catalogue.
  public static let deleteItems = UnaryMethod<
    Recsys_Features_V1_DeleteItemsRequest, Recsys_Features_V1_DeleteItemsResponse
  >(service: service, name: "DeleteItems")

  /// The catalogue's changes from a sequence number on, then each as it happens.
  public static let watchItems = ServerStreamingMethod<
    Recsys_Features_V1_WatchItemsRequest, Recsys_Features_V1_WatchItemsResponse
  >(service: service, name: "WatchItems")

  /// The features that the service declares.
  public static let listFeatures = UnaryMethod<
    Recsys_Features_V1_ListFeaturesRequest, Recsys_Features_V1_ListFeaturesResponse
  >(service: service, name: "ListFeatures")
}
