import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Answers WhyItem: what became of an item on a request's way, and what would have been if.
struct WhyHandler: Sendable {
  let recommend: RecommendHandler
  let traces: TraceFinder

  func why(
    _ message: Recsys_Gateway_V1_WhyItemRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_WhyItemResponse {
    try FieldChecks.collect { checks in
      checks.requiredID(message.itemID, "item_id")
      checks.require(
        message.hasRequest != !message.requestID.isEmpty, "request",
        "or request_id must be given, and not both")
      checks.text(message.requestID, "request_id", limit: Limits.requestIDBytes)
    }
    let policy = try recommend.policies[message.request.policy].policy
    // Not a shop's request: by default it has all the time that there is.
    let deadline =
      context.deadline == nil
      ? .now + policy.maximumDeadline
      : try RequestDeadline.of(context, policy: policy)
    let found = try await trace(message, deadline: deadline)
    let trace = found.trace
    let path = ItemPath(of: ItemID(external: message.itemID), in: trace)
    var response = Self.response(path)
    response.requestID = found.requestID
    response.originRequestID = found.originID
    response.wouldEnterIf = try await EntryConditions(path: path, deadline: deadline).text()
    if message.counterfactual, case .inSlate = path.ending {
      let outcome = try await Counterfactual(trace: trace, item: path.item, deadline: deadline)
        .find(reason: response.reason)
      response.counterfactual = outcome.decisive
      response.counterfactualTried = UInt32(clamping: outcome.tried)
    }
    return response
  }

  /// The trace asked for, or that of the request asked now. The latter is not kept: nobody got its slate.
  private func trace(
    _ message: Recsys_Gateway_V1_WhyItemRequest, deadline: ContinuousClock.Instant
  ) async throws -> FoundTrace {
    guard message.hasRequest else {
      let found = try await traces.find(message.requestID)
      // Of another slate nothing that was found would be true of the one that was sent.
      guard try found.isAsSent else {
        throw RPCError(
          .failedPrecondition,
          "The request is from before the gateway's start, and made again from its trace over the "
            + "catalogue of now its slate is another: see Replay.")
      }
      return found
    }
    return FoundTrace(
      trace: try await recommend.answer(message.request, deadline: deadline, leavesPage: false))
  }

  private static func response(_ path: ItemPath) -> Recsys_Gateway_V1_WhyItemResponse {
    let trace = path.trace
    var response = Recsys_Gateway_V1_WhyItemResponse()
    response.sources = path.hits
    response.path = path.verdicts
    response.stage = path.verdicts.last?.stage ?? ""
    response.text = path.verdicts.last?.text ?? ""
    response.rankedCount = UInt32(clamping: trace.result.ranked.count)
    if let rank = path.rank {
      response.rank = UInt32(clamping: rank + 1)
      response.score = Double(trace.result.ranked[rank].score)
    }
    if case .inSlate(let place) = path.ending {
      response.inSlate = true
      if place < trace.reply.items.count { response.reason = trace.reply.items[place].reason }
    }
    return response
  }
}
