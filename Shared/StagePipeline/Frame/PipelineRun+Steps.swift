/// From the merged candidates to the slate.
extension PipelineRun {
  /// The filters that come before all other steps.
  mutating func filterFirst(isAgain: Bool = false) throws {
    for stage in pipeline.firstFilters { try filter(stage, isAgain: isAgain) }
  }

  /// - Parameter isAgain: what was counted the first time is not counted again.
  mutating func filter(
    _ stage: Stage<any CandidateFilter<Query, Candidate>>, isAgain: Bool = false
  ) throws {
    try Task.checkCancellation()
    guard stage.component.isEnabled(for: query) else { return }
    let start = start(stage)
    let result = try stage.component.filter(candidates, for: query)
    try require(
      Candidate.isParted(candidates, into: result),
      "\(stage.name) lost, added or moved candidates")
    candidates = result.kept
    if isAgain {
      removed += result.removed.map {
        RemovedCandidate(candidate: $0.candidate, stage: stage.name, reason: $0.reason)
      }
      return
    }
    var counts: [RemovalReason: Int] = [:]
    for (candidate, reason) in result.removed {
      removed.append(RemovedCandidate(candidate: candidate, stage: stage.name, reason: reason))
      counts[reason, default: 0] += 1
    }
    for (reason, count) in counts { pipeline.metrics.removed(reason, count: count) }
    finish(stage.name, start)
  }

  mutating func hydrate(_ stage: Stage<any CandidateHydrator<Query, Candidate>>) async throws {
    guard !candidates.isEmpty, stage.component.isEnabled(for: query) else { return }
    let start = start(stage)
    let context = context(stage, start)
    do {
      let hydrated = try await bounded(stage, start, watched: !stage.component.keepsDeadline) {
        [candidates, query] in
        var hydrated = candidates
        var query = query
        try await stage.component.hydrate(&hydrated, for: &query, in: context)
        return (hydrated, query)
      }
      try require(
        Candidate.isSameOrder(candidates, hydrated.0),
        "\(stage.name) changed count or order of candidates")
      (candidates, query) = hydrated
    } catch {
      try settle(stage, start, error)
    }
    finish(stage.name, start)
  }

  mutating func score(_ stage: Stage<any CandidateScorer<Query, Candidate>>) async throws {
    guard !candidates.isEmpty, stage.component.isEnabled(for: query) else { return }
    let start = start(stage)
    let context = context(stage, start)
    do {
      let (scores, scored) = try await bounded(
        stage, start, watched: !stage.component.keepsDeadline
      ) { [candidates, query] in
        var query = query
        let scores = try await stage.component.score(candidates, for: &query, in: context)
        return (scores, query)
      }
      try require(
        scores.count == candidates.count,
        "\(stage.name) gave \(scores.count) scores for \(candidates.count) candidates")
      query = scored
      Candidate.setScores(scores, of: &candidates)
    } catch {
      try settle(stage, start, error)
    }
    Candidate.sortBestFirst(&candidates)
    finish(stage.name, start)
  }

  mutating func select(_ stage: Stage<any CandidateSelector<Query, Candidate>>) throws {
    guard stage.component.isEnabled(for: query) else { return }
    let start = start(stage)
    // After a scorer they are sorted already, and sorting again finds that out in one pass.
    Candidate.sortBestFirst(&candidates)
    if ranked == nil { ranked = candidates }
    do {
      var query = query
      let selected = try stage.component.select(candidates, for: &query)
      try require(
        Candidate.isPicked(selected, from: candidates),
        "\(stage.name) picked what it was not given, or twice")
      self.query = query
      candidates = selected
    } catch {
      try settle(stage, start, error)
    }
    finish(stage.name, start)
  }

  // MARK: Contracts

  private func require(_ holds: Bool, _ broken: @autoclosure () -> String) throws {
    if !holds { throw StagePipelineError(.contractBroken, broken()) }
  }
}
