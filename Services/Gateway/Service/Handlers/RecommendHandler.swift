import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Answers Recommend.
struct RecommendHandler: Sendable {
  let load: LoadControl
  let policy: Policy
  let policyVersion: String
  let pageLifetime: Duration
  let catalogue: LiveCatalogue
  let pipeline: RecommendPipeline
  let descriptions: RankerDescriptions
  let snapshots: SlateSnapshots
  let metrics: SlateMetrics

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
    let arrival = WallClock.nowMilliseconds
    let deadline = try RequestDeadline.of(context, policy: policy)
    let request = try AdmittedRequest(
      message, policy: policy, now: arrival, newRequestID: RequestID.make)
    var query = RecommendQuery(
      request: request,
      filter: try catalogue.snapshot.compile(request.filter, nowMilliseconds: request.now),
      ranker: descriptions.current)
    query.width = ticket.width
    query.page = request.cursor.flatMap { snapshots.find($0, now: arrival) }
    if case .session(_, let recentItems) = request.subject {
      query.user = .session(recentItems: recentItems, now: request.now)
    }
    let frame = query.page == nil ? pipeline.first : pipeline.later
    var result = try await frame.run(query, deadline: deadline)
    ending = .answered(refused: result.degradations.contains { $0.reason == .overloaded })
    if ticket.width < 1, query.page == nil {
      result.degradations.append(.overload(candidates: result.ranked.count + result.removed.count))
    }
    let reply = RecommendReply(
      result: result, inherited: query.page?.degradations ?? [],
      cursor: nextCursor(after: result, now: arrival), policyVersion: policyVersion
    ).message
    frame.startSideEffects(result)
    metrics.count(reply)
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
