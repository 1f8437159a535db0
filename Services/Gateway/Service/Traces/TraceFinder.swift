import Artifacts
import BusinessRules
import Catalogue
import RPC
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Finds the trace of a request: in memory, or on disk, where it is made whole again by its replay.
struct TraceFinder: Sendable {
  let memory: TraceStore
  /// Nil: none is kept on disk.
  let log: TraceLog?
  let policies: ServedPolicies
  let catalogue: LiveCatalogue
  let descriptions: RankerDescriptions
  let cursorKey: CursorKey
  let clock: WallClock

  /// The trace of a request's answer; of several with one id the last.
  ///
  /// - Throws: NOT_FOUND that says what is kept; FAILED_PRECONDITION where what there is cannot be played any more.
  func find(_ requestID: String) async throws -> FoundTrace {
    let now = clock.nowMilliseconds
    do {
      return try memory.find(requestID, now: now)
    } catch let error as RPCError where error.code == .notFound {
      guard let log else { throw error }
      let read = try await QuietThread.run { try Self.read(requestID, log, now: now) }
      guard let (stored, cached) = read else { throw error }
      guard let stored else { throw memory.missing(requestID, cached: cached) }
      return FoundTrace(trace: try await trace(of: stored), cached: cached)
    }
  }

  /// A trace and, where the answer came from the cache, the note of that. An origin that is gone is nil.
  private static func read(
    _ requestID: String, _ log: TraceLog, now: Int64
  ) throws -> (Recsys_Gateway_Storage_V1_Trace?, CachedAnswer?)? {
    switch try log.find(requestID, now: now) {
    case nil: return nil
    case .made(let trace)?: return (trace, nil)
    case .cached(let answer)?:
      guard case .made(let trace)? = try log.find(answer.originID, now: now) else {
        return (nil, answer)
      }
      return (trace, answer)
    }
  }

  /// Makes a trace whole: the request as then, over the catalogue and the policy of now, with the answers of then.
  private func trace(of stored: Recsys_Gateway_Storage_V1_Trace) async throws -> RequestTrace {
    do {
      let served = try policies[stored.request.policy]
      let initial = try query(stored, policy: served.policy)
      let cursor = stored.response.nextCursor
      let partial = RequestTrace(
        initial: initial, result: try PipelineResult(playing: stored, of: initial),
        pipeline: served.pipeline, cursor: cursor.isEmpty ? nil : cursor,
        policyVersion: stored.policyVersion, answeredMilliseconds: stored.answeredMs,
        reply: stored.response)
      return partial.with(result: try await partial.run())
    } catch {
      throw RPCError(
        .failedPrecondition,
        "The trace of this request is from before the gateway's start, and cannot be played any "
          + "more: \((error as? RPCError)?.message ?? "\(error)")", cause: error)
    }
  }

  private func query(
    _ stored: Recsys_Gateway_Storage_V1_Trace, policy: Policy
  ) throws -> RecommendQuery {
    let request = try AdmittedRequest(
      stored.request, policy: policy, now: stored.arrivedMs, cursorKey: cursorKey,
      newRequestID: { stored.response.requestID })
    let snapshot = catalogue.snapshot
    var query = RecommendQuery(
      request: request,
      filter: try snapshot.compile(request.filter, nowMilliseconds: request.now),
      ranker: request.withoutRanking ? nil : descriptions.current)
    query.width = stored.width
    if stored.hasRules {
      let matcher = try RuleMatcher(RuleBook(stored.rules), catalogue: snapshot)
      query.rules = ActiveRules(matcher, now: request.now, surface: request.context.surface)
    }
    try query.takePage(of: stored)
    if case .session(_, let recentItems) = request.subject {
      query.user = .session(recentItems: recentItems, now: request.now)
    }
    return query
  }
}
