import RecommendationCore
import RecommendationProtos
import StagePipeline
import SwiftProtobuf

/// What would have let an item into a slate. Nothing is guessed: each condition was tried, and the item was in the
/// slate that came out. Other scores and other selection are tried on the trace, which has all that they need; other
/// filters by making the slate anew, since what a filter removed was never ranked.
struct EntryConditions {
  /// Halvings of the range of scores: to a thousandth of it.
  private static let halvings = 10

  let path: ItemPath
  /// When to stop trying.
  let deadline: ContinuousClock.Instant

  /// The conditions, for people; empty where none of those tried would do.
  func text() async throws -> String {
    var conditions: [String] = []
    switch path.ending {
    case .inSlate, .notRetrieved, .cut: break
    case .removed("seen"):
      conditions = [try await anew("seen items were not left out") { $0.excludeSeen = false }]
    case .removed(let reason) where reason != "shown_before" && reason != "unknown_item":
      conditions = [
        try await anew("the request's filter let it through") { $0.clearFilter() }
      ]
    case .removed: break
    case .notPicked(let place):
      if path.isRanked, path.trace.initial.page == nil {
        conditions.append(try await score(place) ?? "")
      }
      conditions.append(
        try await when("categories and attributes were not capped") {
          $0.diversity.maxPerCategory = 500
          $0.diversity.caps = []
          $0.diversity.windows = []
        })
      conditions.append(
        try await when("the slate were not spread") {
          $0.diversity = .with { $0.mode = .off }
        })
    }
    return conditions.filter { !$0.isEmpty }.joined(separator: "; or if ")
  }

  /// The condition's words if the item comes in where the request is changed so; empty if not.
  private func when(
    _ words: String, _ change: (inout Recsys_Gateway_V1_RecommendRequest) -> Void
  ) async throws -> String {
    // The cursor of a later page belongs to the request as it was.
    guard path.trace.initial.page == nil, path.trace.initial.request.cursor == nil else {
      return ""
    }
    let request = try path.trace.request(changed: change)
    let result = try await path.trace.run(request: request)
    return isIn(result) ? words : ""
  }

  /// The same where the slate has to be made anew for it.
  private func anew(
    _ words: String, _ change: (inout Recsys_Gateway_V1_RecommendRequest) -> Void
  ) async throws -> String {
    guard path.trace.initial.page == nil, path.trace.initial.request.cursor == nil else {
      return ""
    }
    let request = try path.trace.request { request in
      change(&request)
      request.explain = .none
    }
    let user = path.trace.result.query.user
    let result = try await path.trace.runAnew(request: request, user: user, deadline: deadline)
    return isIn(result) ? words : ""
  }

  /// The least score, to a thousandth of the scores' range, with which the item comes in.
  private func score(_ place: Int) async throws -> String? {
    let ranked = path.trace.result.ranked
    let own = ranked[place].score
    guard let best = ranked.first?.score, own.isFinite, best.isFinite else { return nil }
    // Above the best: if not even this lets it in, scores are not what keeps it out.
    var enough = best + max(1e-3, (best - own) * 1e-3)
    var tooLittle = own
    guard try await isIn(path.trace.run(scores: [path.item: enough])) else { return nil }
    for _ in 0..<Self.halvings {
      let middle = tooLittle + (enough - tooLittle) / 2
      if try await isIn(path.trace.run(scores: [path.item: middle])) {
        enough = middle
      } else {
        tooLittle = middle
      }
    }
    return "its score were \(ScoreText.text(enough - own)) higher (\(ScoreText.text(enough)))"
  }

  private func isIn(_ result: RequestTrace.Result) -> Bool {
    result.slate.contains { $0.id == path.item }
  }
}

extension RequestTrace {
  /// The request with something changed, at the moment of then.
  func request(
    changed change: (inout Recsys_Gateway_V1_RecommendRequest) -> Void
  ) throws -> AdmittedRequest {
    var message = initial.request.message
    change(&message)
    return try AdmittedRequest(
      message, policy: pipeline.policy, now: initial.request.now,
      newRequestID: { initial.request.requestID })
  }
}
