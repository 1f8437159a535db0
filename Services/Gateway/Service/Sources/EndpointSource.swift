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
  let exploration: Policy.Exploration
  /// Whether it asks once more, for more, and not for what is there already.
  var isRefill = false

  /// How much more a refill asks for.
  private static let widening = 4

  /// Whether a request must fail that this endpoint does not answer.
  var isRequired: Bool { sources.contains(where: \.isRequired) }

  /// A refill is worth a call only where a source yielded all that it was asked for, and so may have more.
  func isEnabled(for query: RecommendQuery) -> Bool {
    sources.contains { source in
      guard query.request.sources.wants(source, explores: query.request.explores) else {
        return false
      }
      return !isRefill
        || !source.isDrawn
          && query.retrieved.contains {
            $0.source == source.name && $0.items.count >= quota(of: source, query)
          }
    }
  }

  /// Its calls have deadlines.
  var keepsDeadline: Bool { true }

  func retrieve(for query: RecommendQuery, in context: StageContext) async throws
    -> [RetrievedList]
  {
    let time = context.timeRemaining
    let sources = sources.filter {
      query.request.sources.wants($0, explores: query.request.explores)
    }
    let response = try await client.retrieve(
      request(sources, for: query, time: time), options: CallOptions(timeout: time))
    guard response.results.count == sources.count else {
      throw GatewayError(
        .malformedAnswer,
        "Candidates answered \(response.results.count) sources of \(sources.count)")
    }
    return try zip(sources, response.results).compactMap { source, result in
      guard let failure = Self.failure(of: result) else {
        return RetrievedList(
          source: source.name, version: result.version, items: result.itemKeys,
          scores: result.scores, propensities: result.propensities)
      }
      if let reason = failure.reason {
        guard !source.isRequired else {
          throw RPCError(
            .unavailable,
            "The source \(source.name), which the policy requires, did not answer: \(result.reason)."
          )
        }
        context.report(
          Degradation(
            component: "candidates/\(source.name)", reason: reason, fallback: "other sources",
            budget: min(source.budget, time)))
      }
      return nil
    }
  }

  private func request(
    _ sources: [Policy.Source], for query: RecommendQuery, time: Duration
  ) -> Recsys_Candidates_V1_RetrieveRequest {
    let request = query.request
    var message = Recsys_Candidates_V1_RetrieveRequest()
    if case .user(let user) = request.subject { message.userKey = user.rawValue }
    message.history = query.user.history
    message.sources = sources.map { source in
      var wanted = Recsys_Candidates_V1_SourceRequest()
      wanted.source = source.name
      wanted.quota = UInt32(
        clamping: min(
          quota(of: source, query) * (isRefill ? Self.widening : 1), Limits.candidateCount))
      wanted.budgetUs = UInt32(
        clamping: min(source.budget, time * Self.sourceShare).nanoseconds / 1_000)
      return wanted
    }
    message.seed = request.seed
    message.filter = request.filterMessage
    message.excludeItemKeys = request.shown.map(\.rawValue)
    if request.excludesSeen { message.excludeItemKeys += query.user.seen }
    if isRefill {
      let room = Limits.excludeCount - message.excludeItemKeys.count
      message.excludeItemKeys += query.retrieved.flatMap(\.items).prefix(max(0, room))
    }
    message.context = request.contextMessage
    return message
  }

  /// A source may have to fill the slate alone; one that draws fills its slots only, so that the probability of
  /// each item is that of being put in.
  private func quota(of source: Policy.Source, _ query: RecommendQuery) -> Int {
    let request = query.request
    return request.explores && source.isDrawn
      ? max(1, exploration.slots.count)
      : max(query.narrowed(source.quota), request.count + request.shown.count)
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
      result.itemKeys.count == result.scores.count
        && (result.propensities.isEmpty || result.propensities.count == result.scores.count)
        ? nil : (.failed, ())
    }
  }
}
