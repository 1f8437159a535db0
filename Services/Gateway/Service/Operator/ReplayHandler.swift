import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline
import SwiftProtobuf

/// Answers Replay: the request's way once more over what its trace holds, and the word on whether the same comes
/// out. Nothing outside is asked: models, users and catalogue may have changed since.
struct ReplayHandler: Sendable {
  /// Nothing waits in a replay; this only bounds a mistake.
  static let limit: Duration = .seconds(10)

  let traces: TraceFinder

  func replay(
    _ message: Recsys_Gateway_V1_ReplayRequest
  ) async throws -> Recsys_Gateway_V1_ReplayResponse {
    try FieldChecks.collect { checks in
      checks.require(!message.requestID.isEmpty, "request_id", "is required")
      checks.text(message.requestID, "request_id", limit: Limits.requestIDBytes)
    }
    let found = try await traces.find(message.requestID)
    let trace = found.trace
    var response = Recsys_Gateway_V1_ReplayResponse()
    response.response = try await Self.reply(trace)
    let difference = try SlateDifference.first(sent: trace.reply, replayed: response.response)
    response.identical = difference == nil
    response.difference = difference ?? ""
    response.originRequestID = found.originID
    if let cached = found.cached { response.response.become(cached) }
    response.answeredTime = Google_Protobuf_Timestamp(milliseconds: found.answeredMilliseconds)
    return response
  }

  private static func reply(
    _ trace: RequestTrace
  ) async throws -> Recsys_Gateway_V1_RecommendResponse {
    var reply = trace.reply(of: try await trace.run())
    // No page is left behind that it could lead to.
    reply.nextCursor = ""
    return reply
  }
}

extension RequestTrace {
  /// The request's way once more, with the answers of then.
  ///
  /// - Parameters:
  ///   - scores: of some items, instead of the ranker's.
  ///   - request: what to ask instead; it must be the same user's.
  func run(
    scores: [ItemID: Float] = [:], request: AdmittedRequest? = nil
  ) async throws -> RequestTrace.Result {
    var query = initial
    if let request {
      query.request = request
      query.filter = try initial.catalogue.compile(
        request.filter, nowMilliseconds: request.now)
    }
    query.playback = Playback(self, scores: scores)
    // Stages of its own: what failed then must not open the circuits of others.
    let played = pipeline.played()
    let frame = query.page == nil ? played.first : played.later
    return try await frame.run(query, deadline: .now + ReplayHandler.limit)
  }
}
