import RPC
import RecommendationProtos
import ServiceContracts

/// Passes events on to the Feature service, which alone says what became of each.
struct EventsHandler: Sendable {
  /// More rejections of one stream are counted, not told.
  private static let toldRejections = 100

  let client: FeatureClient
  /// Longest time of one batch, whatever the client's deadline is.
  let timeout: Duration

  func record(
    _ message: Recsys_Gateway_V1_RecordEventsRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_RecordEventsResponse {
    var response = Recsys_Gateway_V1_RecordEventsResponse()
    response.results = try await record(message.events).map { outcome in
      var result = Recsys_Gateway_V1_EventResult()
      result.status =
        Recsys_Gateway_V1_EventResult.Status(rawValue: outcome.status.rawValue) ?? .unspecified
      result.reason = outcome.reason
      return result
    }
    return response
  }

  func stream(
    _ messages: RequestStream<Recsys_Gateway_V1_StreamEventsRequest>, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_StreamEventsResponse {
    var response = Recsys_Gateway_V1_StreamEventsResponse()
    var place: UInt64 = 0
    for try await message in messages {
      for outcome in try await record(message.events) {
        switch outcome.status {
        case .accepted, .queued: response.acceptedCount += 1
        case .duplicate: response.duplicateCount += 1
        case .rejected, .unspecified, .UNRECOGNIZED:
          response.rejectedCount += 1
          if response.rejections.count < Self.toldRejections {
            var rejection = Recsys_Gateway_V1_StreamEventsResponse.Rejection()
            rejection.index = place
            rejection.reason = outcome.reason
            response.rejections.append(rejection)
          }
        }
        place += 1
      }
    }
    return response
  }

  private func record(_ events: [Recsys_Common_V1_Event]) async throws
    -> [Recsys_Features_V1_EventOutcome]
  {
    try FieldChecks.collect {
      _ = $0.count(events.count, "events", atLeast: 1, atMost: Limits.eventCount)
    }
    var request = Recsys_Features_V1_RecordEventsRequest()
    request.events = events
    let outcomes = try await client.recordEvents(
      request, options: CallOptions(timeout: timeout)
    ).outcomes
    guard outcomes.count == events.count else {
      throw RPCError(.internalError, "The Feature service did not answer for every event.")
    }
    return outcomes
  }
}
