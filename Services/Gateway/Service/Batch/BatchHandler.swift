import RPC
import RecommendationProtos
import ServiceContracts
import StagePipeline
import SwiftProtobuf

/// Answers RecommendBatch: a slate a user, as each is ready.
///
/// It costs less a user than Recommend: no reasons unless the template asks for them, no page kept, no trace. Memory
/// is bounded by the slates being made: the next is begun when one has been taken by the client's side of the
/// connection. When the client goes, so does the work. While the gateway is overloaded no slate is begun (but one at a
/// time where nobody else is there): batch work is the first to stop, and never counts against what others may have.
struct BatchHandler: Sendable {
  /// Most users of one call.
  static let mostUsers = 100_000

  let recommend: RecommendHandler
  let priority: BatchPriority

  func batch(
    _ message: Recsys_Gateway_V1_RecommendBatchRequest, _ context: ServerContext,
    _ writer: ResponseWriter<Recsys_Gateway_V1_RecommendBatchResponse>
  ) async throws {
    try check(message)
    var template = message.template
    if template.explain == .unspecified { template.explain = .none }
    let (users, request) = (message.userIds, template)
    try await priority.call {
      try await withThrowingTaskGroup(of: Recsys_Gateway_V1_RecommendBatchResponse.self) { group in
        let width = min(priority.bounds.concurrency, users.count)
        for user in users.prefix(width) { group.addTask { try await slate(for: user, request) } }
        var next = width
        // Written by this task alone, and before the next is begun: the client's pace is ours.
        while let response = try await group.next() {
          try await writer.write(response)
          guard next < users.count else { continue }
          let user = users[next]
          next += 1
          group.addTask { try await slate(for: user, request) }
        }
      }
    }
  }

  /// The slate of one user, or why there is none. Throws only when nobody wants it any more.
  private func slate(
    for user: String, _ template: Recsys_Gateway_V1_RecommendRequest
  ) async throws -> Recsys_Gateway_V1_RecommendBatchResponse {
    var request = template
    request.subject.userID = user
    var response = Recsys_Gateway_V1_RecommendBatchResponse()
    response.userID = user
    do {
      response.response = try await priority.user { [request] in
        let ticket = try await recommend.load.admitBulk()
        var ending = LoadControl.Ending.nothing
        defer { recommend.load.leave(ticket, ending) }
        let answer = try await recommend.answer(
          request, deadline: .now + priority.bounds.deadline, leavesPage: false)
        ending = .answered(
          refused: answer.result.degradations.contains { $0.reason == .overloaded })
        recommend.metrics.count(answer.reply)
        return answer.reply
      }
    } catch {
      if Task.isCancelled || error is CancellationError { throw error }
      response.error = Self.error(error)
    }
    return response
  }

  private static func error(_ error: any Error) -> Recsys_Gateway_V1_BatchError {
    var message = Recsys_Gateway_V1_BatchError()
    if let error = error as? RPCError {
      message.code = Int32(error.code.rawValue)
      message.message = error.message
    } else {
      message.code = Int32(StatusCode.internalError.rawValue)
      message.message = "The slate could not be made."
    }
    return message
  }

  /// Checks all that holds for every user, so that a mistake in the template is not told a thousand times.
  private func check(_ message: Recsys_Gateway_V1_RecommendBatchRequest) throws {
    var checks = FieldChecks()
    checks.count(message.userIds.count, "user_ids", atLeast: 1, atMost: Self.mostUsers)
    checks.within("template") { checks in
      checks.require(
        message.template.subject.kind == nil, "subject", "must be empty: user_ids name the users")
      checks.require(
        message.template.cursor.isEmpty, "cursor", "must be empty: a batch has first pages only")
      checks.require(
        message.template.requestID.isEmpty, "request_id",
        "must be empty: each slate gets an id of its own")
    }
    try checks.finish()
    var anybody = message.template
    anybody.subject.userID = "anybody"
    do {
      _ = try AdmittedRequest(
        anybody, policy: try recommend.policies[message.template.policy].policy,
        now: recommend.clock.nowMilliseconds, newRequestID: { "" })
    } catch let error as RPCError where !error.fieldViolations.isEmpty {
      throw RPCError.invalidArgument(
        error.fieldViolations.map {
          FieldViolation(field: "template.\($0.field)", description: $0.description)
        })
    }
  }
}
