import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Answers Recommend.
struct RecommendHandler: Sendable {
  let load: LoadControl
  let policies: ServedPolicies
  let pageLifetime: Duration
  let catalogue: LiveCatalogue
  let descriptions: RankerDescriptions
  let rules: RulesInForce
  let cursorKey: CursorKey
  let snapshots: SlateSnapshots
  let metrics: SlateMetrics
  let traces: TraceKeeper
  let batches: BatchPriority
  let clock: WallClock

  func recommend(
    _ message: Recsys_Gateway_V1_RecommendRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_RecommendResponse {
    try await make(message, context).reply
  }

  /// Makes a slate, whatever was made before.
  func make(
    _ message: Recsys_Gateway_V1_RecommendRequest, _ context: ServerContext
  ) async throws -> MadeSlate {
    // Before any work: a request that cannot be served in time must cost next to nothing.
    let ticket = try load.admit()
    var ending = LoadControl.Ending.nothing
    defer { load.leave(ticket, ending) }
    batches.interactiveBegan()
    defer { batches.interactiveEnded() }
    let policy = try policies[message.policy].policy
    let deadline = try RequestDeadline.of(context, policy: policy)
    let answer = try await answer(
      message, deadline: deadline, leavesPage: true, width: ticket.width)
    let result = answer.result
    ending = .answered(refused: result.degradations.contains { $0.reason == .overloaded })
    answer.pipeline.startSideEffects(result)
    let reply = answer.reply
    metrics.count(reply)
    traces.insert(answer)
    return MadeSlate(
      reply: reply, storeIdentity: result.query.user.storeIdentity,
      userVersion: result.query.user.version,
      validUntilMilliseconds: Self.validUntil(result))
  }

  /// Until when, Unix time in milliseconds, all items of a slate may be shown. One for a moment of the client's
  /// choosing does not age.
  private static func validUntil(_ result: PipelineResult<RecommendQuery, SlateCandidate>) -> Int64
  {
    guard result.query.request.context.timeMilliseconds == nil else { return .max }
    let catalogue = result.query.catalogue
    return result.slate.reduce(.max) { earliest, candidate in
      min(earliest, catalogue.item(candidate.id)?.availableUntilMilliseconds ?? .max)
    }
  }

  /// Answers a request; what is left of it is the caller's business.
  ///
  /// - Parameters:
  ///   - leavesPage: whether a page after this one can be asked for.
  ///   - width: share of the candidates that it may be made from.
  func answer(
    _ message: Recsys_Gateway_V1_RecommendRequest, deadline: ContinuousClock.Instant,
    leavesPage: Bool, width: Double = 1
  ) async throws -> RequestTrace {
    let arrival = clock.nowMilliseconds
    let served = try policies[message.policy]
    let request = try AdmittedRequest(
      message, policy: served.policy, now: arrival, cursorKey: cursorKey,
      newRequestID: RequestID.make)
    var query = RecommendQuery(
      request: request,
      filter: try catalogue.snapshot.compile(request.filter, nowMilliseconds: request.now),
      ranker: request.withoutRanking ? nil : descriptions.current)
    query.width = width
    query.rules = try rules.active(
      in: query.catalogue, now: request.now, surface: request.context.surface)
    query.page = request.cursor.flatMap { snapshots.find($0, now: arrival) }
    if case .session(_, let recentItems) = request.subject {
      query.user = .session(recentItems: recentItems, now: request.now)
    }
    let frame = query.page == nil ? served.pipeline.first : served.pipeline.later
    var result = try await frame.run(query, deadline: deadline)
    if width < 1, query.page == nil {
      result.degradations.append(.overload(candidates: result.ranked.count + result.removed.count))
    }
    return RequestTrace(
      initial: query, result: result, pipeline: served.pipeline,
      cursor: leavesPage ? nextCursor(after: result, now: arrival)?.text(key: cursorKey) : nil,
      policyVersion: served.version, answeredMilliseconds: clock.nowMilliseconds)
  }

  /// The cursor of the page after this one; nil where there is none.
  private func nextCursor(
    after result: PipelineResult<RecommendQuery, SlateCandidate>, now: Int64
  ) -> PageCursor? {
    let request = result.query.request
    let shown = request.shown + result.slate.map(\.id)
    let used = result.query.page == nil ? result.slate.count : shown.count
    guard !result.slate.isEmpty, result.ranked.count > used,
      shown.count <= PageCursor.maximumShown
    else { return nil }
    if result.query.page != nil, var cursor = request.cursor {
      cursor.shown = shown
      return cursor
    }
    let expires = now + pageLifetime.nanoseconds / 1_000_000
    let snapshot = SlateSnapshot(
      requestFingerprint: request.fingerprint, expiresMilliseconds: expires, result: result)
    return PageCursor(
      snapshotID: snapshots.insert(snapshot), requestFingerprint: request.fingerprint,
      expiresMilliseconds: expires, shown: shown)
  }
}
