/// From the query to the merged candidates.
extension PipelineRun {
  mutating func hydrateQuery(_ stage: Stage<any QueryHydrator<Query>>) async throws {
    guard stage.component.isEnabled(for: query) else { return }
    try Task.checkCancellation()
    let start = start(stage)
    let context = context(stage, start)
    do {
      query = try await bounded(stage, start, watched: !stage.component.keepsDeadline) { [query] in
        var query = query
        try await stage.component.hydrate(&query, in: context)
        return query
      }
    } catch {
      try settle(stage, start, error)
    }
    finish(stage.name, start)
  }

  /// Runs the sources, and where they yield too little the backfill sources too.
  mutating func fanOut() async throws {
    let begin = start(pipeline.merger)
    lists = try await retrieve(pipeline.sources).compactMap { $0 }
    try merge(lists)
    if candidates.count < query.candidatesWanted, !pipeline.backfill.isEmpty {
      lists += try await retrieve(pipeline.backfill).compactMap { $0 }
      try merge(lists)
    }
    finish(Pipeline<Query, Retrieved, Candidate>.fanOutName, begin)
  }

  /// Where the filters leave less than a slate, asks the refill sources, one after the other, and filters anew.
  mutating func refill() async throws {
    for stage in pipeline.refill where candidates.count < query.slateWanted {
      guard stage.component.isEnabled(for: query) else { continue }
      let begin = start(stage)
      let more = try await retrieve([stage]).compactMap { $0 }
      guard !more.isEmpty else { continue }
      lists += more
      try merge(lists)
      removed = []
      try filterFirst(isAgain: true)
      finish(stage.name, begin)
    }
  }

  private func retrieve(
    _ stages: [Stage<any CandidateSource<Query, Retrieved>>]
  ) async throws -> [Retrieved?] {
    let wanted = try stages.filter { stage in
      guard stage.component.isEnabled(for: query) else { return false }
      let start = start(stage)
      do {
        try admit(stage, start)
        return true
      } catch {
        try settle(stage, start, error)
        return false
      }
    }
    guard !wanted.isEmpty else { return [] }
    let starts = wanted.map { start($0) }
    let operations = zip(wanted, starts).map { stage, start in
      let context = context(stage, start)
      return FanOut.Operation(deadline: start.deadline) { [query, metrics = pipeline.metrics] in
        let list = try await stage.component.retrieve(for: query, in: context)
        metrics.ran(
          StageTiming(
            stage: stage.name, took: start.at.duration(to: .now), budget: start.left))
        return list
      }
    }
    let results =
      operations.count == 1 && wanted[0].component.keepsDeadline
      ? [await Self.inPlace(operations[0])] : await fan.run(operations)
    return try results.enumerated().map { index, result in
      learn(wanted[index], starts[index], from: result)
      switch result {
      case .success(let list): return list
      case .failure(let error):
        try settle(wanted[index], starts[index], error)
        return nil
      }
    }
  }

  /// A lone source needs nobody to wait for it beside the others.
  private static func inPlace(
    _ operation: FanOut.Operation<Retrieved>
  ) async -> Result<Retrieved, any Error> {
    do {
      return .success(try await operation.work())
    } catch {
      return .failure(error)
    }
  }

  private mutating func merge(_ lists: [Retrieved]) throws {
    let start = start(pipeline.merger)
    do {
      candidates = try pipeline.merger.component.merge(lists, for: &query)
      if !Candidate.isEachOnce(candidates) {
        throw StagePipelineError(
          .contractBroken, "\(pipeline.merger.name) gave a candidate twice")
      }
    } catch {
      candidates = []
      try settle(pipeline.merger, start, error)
    }
  }
}
