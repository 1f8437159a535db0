import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// Checks changes of the catalogue and passes them on to the Feature service, which owns it.
struct ItemsHandler: Sendable {
  let client: FeatureClient
  /// Longest time of one change, whatever the client's deadline is.
  let timeout: Duration
  let clock: WallClock

  func upsert(
    _ message: Recsys_Gateway_V1_UpsertItemsRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_UpsertItemsResponse {
    try FieldChecks.collect { checks in
      guard
        checks.count(message.items.count, "items", atLeast: 1, atMost: Limits.upsertCount)
      else { return }
      for (index, item) in message.items.enumerated() {
        checks.within("items", index) { _ = Item(proto: item, &$0) }
      }
    }
    var request = Recsys_Features_V1_UpsertItemsRequest()
    request.items = message.items
    let answer = try await client.upsertItems(request, options: CallOptions(timeout: timeout))
    var response = Recsys_Gateway_V1_UpsertItemsResponse()
    response.sequence = answer.sequence
    response.commitTime = Google_Protobuf_Timestamp(milliseconds: clock.nowMilliseconds)
    return response
  }

  func delete(
    _ message: Recsys_Gateway_V1_DeleteItemsRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_DeleteItemsResponse {
    try FieldChecks.collect { checks in
      checks.require(!message.itemIds.isEmpty, "item_ids", "is required")
      checks.ids(message.itemIds, "item_ids", limit: Limits.deleteCount)
    }
    var request = Recsys_Features_V1_DeleteItemsRequest()
    request.itemIds = message.itemIds
    let answer = try await client.deleteItems(request, options: CallOptions(timeout: timeout))
    var response = Recsys_Gateway_V1_DeleteItemsResponse()
    response.sequence = answer.sequence
    response.missingItemIds = answer.missingItemIds
    return response
  }
}
