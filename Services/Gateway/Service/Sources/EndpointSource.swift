import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Candidates of one Candidate generation endpoint: all of its sources in one call.
struct EndpointSource: CandidateSource {
  /// Share of the call's time that a source may use: the rest is for the way.
  private static let sourceShare = 0.85

  let client: CandidateClient
  /// Those of the policy that this endpoint serves.
  let sources: [Policy.Source]

  /// Its calls have deadlines.
  var keepsDeadline: Bool { true }

  func retrieve(for query: RecommendQuery, in context: StageContext) async throws
    -> [RetrievedList]
  {
    let time = context.timeRemaining
    let response = try await client.retrieve(
      request(for: query, time: time), options: CallOptions(timeout: time))
    guard response.results.count == sources.count else {
      throw GatewayError(
        .malformedAnswer,
        "Candidates answered \(response.results.count) sources of \(sources.count)")
    }
    return zip(sources, response.results).compactMap { source, result in
      guard let failure = Self.failure(of: result) else {
        return RetrievedList(
          source: source.name, version: result.version, items: result.itemKeys,
          scores: result.scores)
      }
      if let reason = failure.reason {
        context.report(
          Degradation(
            component: "candidates/\(source.name)", reason: reason, fallback: "other sources",
            budget: min(source.budget, time)))
      }
      return nil
    }
  }

  private func request(
    for query: RecommendQuery, time: Duration
  ) -> Recsys_Candidates_V1_RetrieveRequest {
    let request = query.request
    var message = Recsys_Candidates_V1_RetrieveRequest()
    if case .user(let user) = request.subject { message.userKey = user.rawValue }
    message.history = query.user.history
    message.sources = sources.map { source in
      var wanted = Recsys_Candidates_V1_SourceRequest()
      wanted.source = source.name
      wanted.quota = UInt32(
        clamping: max(query.narrowed(source.quota), request.count + request.shown.count))
      wanted.budgetUs = UInt32(
        clamping: min(source.budget, time * Self.sourceShare).nanoseconds / 1_000)
      return wanted
    }
    message.filter = request.filterMessage
    message.excludeItemKeys = request.shown.map(\.rawValue)
    if request.excludesSeen { message.excludeItemKeys += query.user.seen }
    message.context = request.contextMessage
    return message
  }

  /// Why a source's answer is not used; nil where it is. Without a reason it is no failure.
  private static func failure(
    of result: Recsys_Candidates_V1_SourceResult
  ) -> (reason: FailureReason?, Void)? {
    switch result.status {
    case .notApplicable: (nil, ())
    case .timedOut: (.deadline, ())
    case .failed: (.failed, ())
    case .overloaded: (.overloaded, ())
    case .ok, .unspecified, .UNRECOGNIZED:
      result.itemKeys.count == result.scores.count ? nil : (.failed, ())
    }
  }
}
