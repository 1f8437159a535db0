import Logging

/// One request's way through a pipeline.
struct PipelineRun<Query: PipelineQuery, Retrieved: Sendable, Candidate: PipelineCandidate> {
  let pipeline: Pipeline<Query, Retrieved, Candidate>
  let deadline: ContinuousClock.Instant
  let recorder = PipelineRecorder()
  var query: Query
  /// What the sources yielded.
  var lists: [Retrieved] = []
  var candidates: [Candidate] = []
  var ranked: [Candidate]?
  var removed: [RemovedCandidate<Candidate>] = []

  init(
    pipeline: Pipeline<Query, Retrieved, Candidate>, query: Query,
    deadline: ContinuousClock.Instant
  ) {
    self.pipeline = pipeline
    self.query = query
    self.deadline = deadline
  }

  consuming func run() async throws -> PipelineResult<Query, Candidate> {
    for stage in pipeline.queryHydrators { try await hydrateQuery(stage) }
    try await fanOut()
    try filterFirst()
    try await refill()
    for step in pipeline.steps.dropFirst(pipeline.firstFilters.count) {
      try Task.checkCancellation()
      switch step {
      case .filterStage(let stage): try filter(stage)
      case .hydrateStage(let stage): try await hydrate(stage)
      case .scoreStage(let stage): try await score(stage)
      case .selectStage(let stage): try select(stage)
      }
    }
    let notes = recorder.current
    return PipelineResult(
      query: query, slate: candidates, ranked: ranked ?? candidates, removed: removed,
      timings: notes.timings, degradations: notes.degradations)
  }

  // MARK: What all stages share

  var fan: FanOut {
    FanOut(executor: pipeline.environment.executor, timer: pipeline.environment.timer)
  }

  /// When a stage began, and until when it may run.
  struct Start {
    let at: ContinuousClock.Instant
    let left: Duration
    let deadline: ContinuousClock.Instant
    let count: Int
  }

  func start<Component>(_ stage: Stage<Component>) -> Start {
    let now = ContinuousClock.now
    return Start(
      at: now, left: max(.zero, deadline - now),
      deadline: stage.budget.deadline(from: now, requestDeadline: deadline),
      count: candidates.count)
  }

  func context<Component>(_ stage: Stage<Component>, _ start: Start) -> StageContext {
    StageContext(component: stage.name, deadline: start.deadline, recorder: recorder)
  }

  func finish(_ name: String, _ start: Start, countOut: Int? = nil) {
    let timing = StageTiming(
      stage: name, took: start.at.duration(to: .now), budget: start.left, countIn: start.count,
      countOut: countOut ?? candidates.count)
    recorder.add(timing)
    pipeline.metrics.ran(timing)
  }

  /// Runs a component's work until its deadline, unless its circuit is open.
  ///
  /// - Parameter watched: whether the work may outlive its deadline and has to be left behind then.
  func bounded<Component, Value: Sendable>(
    _ stage: Stage<Component>, _ start: Start, watched: Bool,
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try admit(stage, start)
    let result: Result<Value, any Error>
    do {
      result = .success(
        watched ? try await fan.run(until: start.deadline, work) : try await work())
    } catch {
      result = .failure(error)
    }
    learn(stage, start, from: result)
    return try result.get()
  }

  /// Throws when the component's circuit is open.
  func admit<Component>(_ stage: Stage<Component>, _ start: Start) throws {
    guard stage.onFailure != .required, stage.circuit.admit(at: start.at) == .leaveOut else {
      return
    }
    throw StagePipelineError(.circuitOpen, "\(stage.name) has stopped answering.")
  }

  /// Tells the component's circuit what became of it.
  func learn<Component, Value>(
    _ stage: Stage<Component>, _ start: Start, from result: Result<Value, any Error>
  ) {
    // A caller that has gone tells nothing of the component.
    if Task.isCancelled { return }
    guard case .failure(let error) = result, reason(of: error) == .deadline else {
      return stage.circuit.answered()
    }
    // A client in a hurry is not the component's fault.
    let time = start.deadline - start.at
    if time * 2 >= stage.budget.limit { stage.circuit.wasSilent(at: .now) }
  }

  /// Decides over a failure: on with a note of it, or the end of the request.
  func settle<Component>(_ stage: Stage<Component>, _ start: Start, _ error: any Error) throws {
    if Task.isCancelled { throw CancellationError() }
    let reason = reason(of: error)
    pipeline.metrics.failed(stage.name, reason)
    if reason == .contract {
      pipeline.environment.logger.error(
        "a pipeline stage broke its contract",
        metadata: ["stage": "\(stage.name)", "error": "\(error)"])
    }
    guard case .optional(let fallback) = stage.onFailure else { throw error }
    recorder.add(
      Degradation(
        component: stage.name, reason: reason, fallback: fallback,
        budget: start.deadline - start.at))
  }

  private func reason(of error: any Error) -> FailureReason {
    guard let error = error as? StagePipelineError else {
      return pipeline.environment.classify(error)
    }
    return switch error.code {
    case .deadlineExceeded: .deadline
    case .circuitOpen: .circuitOpen
    default: .contract
    }
  }
}
