import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Answers SimilarItems.
struct SimilarItemsHandler: Sendable {
  /// Asked for beyond the count, so that items that the second look removes leave no gap.
  private static let spare = 20

  let load: LoadControl
  let policy: Policy
  let catalogue: LiveCatalogue
  let client: CandidateClient
  let clock: WallClock

  func similar(
    _ message: Recsys_Gateway_V1_SimilarItemsRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_SimilarItemsResponse {
    let ticket = try load.admit()
    defer { load.leave(ticket, .nothing) }
    let deadline = try RequestDeadline.of(context, policy: policy)
    var checks = FieldChecks()
    checks.requiredID(message.itemID, "item_id")
    checks.require(
      message.count <= Limits.slateCount, "count", "must be from 1 to \(Limits.slateCount)")
    if case .UNRECOGNIZED = message.similarity {
      checks.refuse("similarity", "is not a known similarity")
    }
    let filter = checks.within("filter") { ItemFilter(proto: message.filter, from: .client, &$0) }
    let attributes = AttributeSelection(message.returnAttributes, &checks)
    try checks.finish()
    let count = message.count == 0 ? policy.defaultCount : Int(message.count)
    let snapshot = catalogue.snapshot
    let id = ItemID(external: message.itemID)
    guard snapshot.contains(id) else {
      throw RPCError(
        .notFound, "The catalogue has no item of this id.",
        details: [
          .resourceInfo(ResourceDescription(type: "item", name: message.itemID))
        ])
    }
    var request = Recsys_Candidates_V1_SimilarRequest()
    request.itemKeys = [id.rawValue]
    request.count = UInt32(clamping: count + Self.spare)
    request.filter = filter.proto
    request.excludeItemKeys = [id.rawValue]
    request.kind =
      Recsys_Candidates_V1_SimilarityKind(rawValue: message.similarity.rawValue) ?? .unspecified
    let answer = try await client.similar(
      request, options: CallOptions(timeout: max(.zero, deadline - .now)))
    let compiled = try snapshot.compile(
      filter, nowMilliseconds: clock.nowMilliseconds)
    return Self.reply(answer, except: id, filter: compiled, attributes: attributes, count: count)
  }

  private static func reply(
    _ answer: Recsys_Candidates_V1_SimilarResponse, except id: ItemID, filter: CompiledFilter,
    attributes: AttributeSelection, count: Int
  ) -> Recsys_Gateway_V1_SimilarItemsResponse {
    var response = Recsys_Gateway_V1_SimilarItemsResponse()
    for (key, score) in zip(answer.itemKeys, answer.scores) where response.items.count < count {
      let neighbour = ItemID(rawValue: key)
      guard neighbour != id, filter.matches(neighbour),
        let item = filter.snapshot.item(neighbour)
      else { continue }
      var reply = Recsys_Gateway_V1_RecommendedItem()
      reply.rank = UInt32(clamping: response.items.count + 1)
      reply.itemID = item.externalID
      reply.title = item.title
      reply.score = Double(score)
      reply.attributes = attributes.values(of: item)
      response.items.append(reply)
    }
    response.requestID = RequestID.make()
    response.versions = answer.versions
    return response
  }
}
