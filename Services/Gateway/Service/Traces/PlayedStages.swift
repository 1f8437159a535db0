import RPC
import RecommendationCore
import RecommendationProtos
import StagePipeline

/// The stages that ask other services, as a trace has their answers. Each fails where the one that it stands for
/// did.
extension ServiceStages {
  /// Stages for queries that have a playback.
  static func played(_ asking: ServiceStages) -> ServiceStages {
    let names = asking.sources.map(\.name)
    return ServiceStages(
      user: PlayedUser(),
      sources: names.map { ($0, PlayedFailureOfSource(), false) }
        + [("lists", PlayedLists(stages: Set(names + ServiceStages.names)), false)],
      popular: PlayedFailureOfSource(), refill: [], itemFeatures: PlayedItemFeatures(),
      popularity: PlayedPopularity(), scorer: PlayedScorer(), explanation: PlayedReasons())
  }
}

/// The user as known then.
private struct PlayedUser: QueryHydrator {
  func hydrate(_ query: inout RecommendQuery, in context: StageContext) async throws {
    guard let playback = query.playback else { return }
    try playback.failAsThen(context.component)
    query.user = playback.trace.result.query.user
    query.takeVersions(from: playback.trace) { $0 == "feature-state" }
  }
}

/// Nothing, or the failure of then: what was found comes from ``PlayedLists``.
private struct PlayedFailureOfSource: CandidateSource {
  func retrieve(for query: RecommendQuery, in context: StageContext) async throws
    -> [RetrievedList]
  {
    try query.playback?.failAsThen(context.component)
    return []
  }
}

/// Everything that was found then, in the order in which it was merged, and what sources said of themselves.
private struct PlayedLists: CandidateSource {
  /// Names of stages that fail by themselves.
  let stages: Set<String>

  func retrieve(for query: RecommendQuery, in context: StageContext) async throws
    -> [RetrievedList]
  {
    guard let playback = query.playback else { return [] }
    for degradation in playback.trace.result.degradations
    where !stages.contains(degradation.component) { context.report(degradation) }
    return playback.trace.result.query.retrieved
  }
}

/// Only whether item features came: the scores made from them are in the trace.
private struct PlayedItemFeatures: CandidateHydrator {
  func isEnabled(for query: RecommendQuery) -> Bool {
    query.playback?.failed(ServiceStages.itemFeatures) ?? false
  }

  func hydrate(
    _ candidates: inout [SlateCandidate], for query: inout RecommendQuery,
    in context: StageContext
  ) async throws {
    try query.playback?.failAsThen(context.component)
  }
}

/// The candidates' popularity of then.
private struct PlayedPopularity: CandidateHydrator {
  func isEnabled(for query: RecommendQuery) -> Bool {
    query.request.diversity.popularityPenalty > 0
  }

  func hydrate(
    _ candidates: inout [SlateCandidate], for query: inout RecommendQuery,
    in context: StageContext
  ) async throws {
    guard let playback = query.playback else { return }
    try playback.failAsThen(context.component)
    let then = Dictionary(
      playback.trace.result.ranked.map { ($0.id, $0.popularity) }, uniquingKeysWith: { $1 })
    for index in candidates.indices {
      candidates[index].popularity = then[candidates[index].id] ?? .nan
    }
  }
}

/// The ranker's scores of then.
private struct PlayedScorer: CandidateScorer {
  func isEnabled(for query: RecommendQuery) -> Bool {
    guard let playback = query.playback else { return false }
    return !playback.trace.result.query.scores.isEmpty || playback.failed(ServiceStages.ranking)
  }

  func score(
    _ candidates: [SlateCandidate], for query: inout RecommendQuery, in context: StageContext
  ) async throws -> [Float] {
    guard let playback = query.playback else { return candidates.map(\.score) }
    try playback.failAsThen(context.component)
    let then = playback.trace.result.query
    query.scoredItems = then.scoredItems
    query.scores = then.scores
    query.takeVersions(from: playback.trace) { $0 == "ranker" }
    // Same filters over the same candidates: the order is that of then. If it were not, that would be for the
    // replay to show, not to hide: what was not scored then gets no score.
    let isAsThen = candidates.lazy.map(\.id.rawValue).elementsEqual(then.scoredItems)
    let byItem =
      isAsThen ? nil : Dictionary(zip(then.scoredItems, then.scores)) { first, _ in first }
    return candidates.enumerated().map { place, candidate in
      playback.scores[candidate.id]
        ?? (byItem.map { $0[candidate.id.rawValue] ?? .nan } ?? then.scores[place])
    }
  }
}

/// The reasons of then, where the slate is that of then.
private struct PlayedReasons: CandidateHydrator {
  func isEnabled(for query: RecommendQuery) -> Bool { query.request.explain != .none }

  func hydrate(
    _ candidates: inout [SlateCandidate], for query: inout RecommendQuery,
    in context: StageContext
  ) async throws {
    guard let playback = query.playback else { return }
    try playback.failAsThen(context.component)
    let then = playback.trace.result
    guard candidates.map(\.id) == then.slate.map(\.id) else { return }
    query.reasons = then.query.reasons
    query.takeVersions(from: playback.trace) { $0.hasPrefix("explanation-") }
  }
}

extension RecommendQuery {
  /// Notes the versions of a trace's components, in their order there.
  fileprivate mutating func takeVersions(
    from trace: RequestTrace, where isWanted: (String) -> Bool
  ) {
    for version in trace.result.query.versions where isWanted(version.component) {
      took(version.component, version: version.version)
    }
  }
}
