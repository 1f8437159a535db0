/// A candidate that a filter removed.
public struct RemovedCandidate<Candidate: PipelineCandidate>: Sendable {
  /// The candidate as it was then.
  public var candidate: Candidate
  /// The filter's name.
  public var stage: String
  /// Why.
  public var reason: RemovalReason
}

/// What a run made, and how it went.
public struct PipelineResult<Query: PipelineQuery, Candidate: PipelineCandidate>: Sendable {
  /// The query with all that its hydrators added.
  public var query: Query
  /// The slate.
  public var slate: [Candidate]
  /// All that were left before the first selector, best first: what was and what was not selected.
  public var ranked: [Candidate]
  /// What filters removed, in the order of removal.
  public var removed: [RemovedCandidate<Candidate>]
  /// What each stage took, in order.
  public var timings: [StageTiming]
  /// What went wrong and was got round.
  public var degradations: [Degradation]

  /// A result.
  public init(
    query: Query, slate: [Candidate], ranked: [Candidate], removed: [RemovedCandidate<Candidate>],
    timings: [StageTiming], degradations: [Degradation]
  ) {
    self.query = query
    self.slate = slate
    self.ranked = ranked
    self.removed = removed
    self.timings = timings
    self.degradations = degradations
  }

  /// How many candidates went for each reason, most first.
  public var removalCounts: [(reason: RemovalReason, count: Int)] {
    var counts: [RemovalReason: Int] = [:]
    for removal in removed { counts[removal.reason, default: 0] += 1 }
    return counts.map { (reason: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.reason.rawValue) < ($0.count, $1.reason.rawValue) }
  }
}
