/// From the merged candidates to the slate.
extension PipelineRun {
  mutating func filter(_ stage: Stage<any CandidateFilter<Query, Candidate>>) throws {
    guard stage.component.isEnabled(for: query) else { return }
    let start = start(stage)
    let result = try stage.component.filter(candidates, for: query)
    try checkParted(candidates, into: result, stage.name)
    candidates = result.kept
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
      let hydrated = try await fan.run(until: start.deadline) { [candidates, query] in
        var hydrated = candidates
        var query = query
        try await stage.component.hydrate(&hydrated, for: &query, in: context)
        return (hydrated, query)
      }
      try checkSameOrder(candidates, hydrated.0, stage.name)
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
      let (scores, scored) = try await fan.run(until: start.deadline) { [candidates, query] in
        var query = query
        let scores = try await stage.component.score(candidates, for: &query, in: context)
        return (scores, query)
      }
      guard scores.count == candidates.count else {
        throw StagePipelineError(
          .contractBroken,
          "\(stage.name) gave \(scores.count) scores for \(candidates.count) candidates")
      }
      query = scored
      for index in candidates.indices { candidates[index].score = scores[index] }
    } catch {
      try settle(stage, start, error)
    }
    candidates.sort(by: ScoreOrder.precedes)
    finish(stage.name, start)
  }

  mutating func select(_ stage: Stage<any CandidateSelector<Query, Candidate>>) throws {
    guard stage.component.isEnabled(for: query) else { return }
    let start = start(stage)
    // After a scorer they are sorted already, and sorting again finds that out in one pass.
    candidates.sort(by: ScoreOrder.precedes)
    if ranked == nil { ranked = candidates }
    do {
      var query = query
      let selected = try stage.component.select(candidates, for: &query)
      try checkPicked(selected, from: candidates, stage.name)
      self.query = query
      candidates = selected
    } catch {
      try settle(stage, start, error)
    }
    finish(stage.name, start)
  }

  // MARK: Contracts

  private func checkSameOrder(
    _ before: [Candidate], _ after: [Candidate], _ name: String
  ) throws {
    guard before.count == after.count, zip(before, after).allSatisfy({ $0.id == $1.id }) else {
      throw StagePipelineError(.contractBroken, "\(name) changed count or order of candidates")
    }
  }

  /// Kept must be a subsequence of what was given, and removed the rest.
  private func checkParted(
    _ before: [Candidate], into result: Filtered<Candidate>, _ name: String
  ) throws {
    var isParted = result.kept.count + result.removed.count == before.count
    if isParted, !result.removed.isEmpty {
      let gone = Set(result.removed.lazy.map(\.candidate.id))
      isParted =
        gone.count == result.removed.count
        && before.lazy.filter { !gone.contains($0.id) }.map(\.id)
          .elementsEqual(result.kept.lazy.map(\.id))
    } else if isParted {
      isParted = before.lazy.map(\.id).elementsEqual(result.kept.lazy.map(\.id))
    }
    if !isParted {
      throw StagePipelineError(.contractBroken, "\(name) lost, added or moved candidates")
    }
  }

  private func checkPicked(
    _ selected: [Candidate], from candidates: [Candidate], _ name: String
  ) throws {
    try checkEachOnce(selected, name)
    let given = Set(candidates.lazy.map(\.id))
    if !selected.allSatisfy({ given.contains($0.id) }) {
      throw StagePipelineError(.contractBroken, "\(name) picked what it was not given")
    }
  }
}
