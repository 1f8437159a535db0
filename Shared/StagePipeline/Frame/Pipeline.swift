import Logging

/// The stages that answer one kind of request, as a value that reads as a table of contents.
///
/// The frame runs them in this order: query hydrators; sources, all at the same time; merger; backfill
/// sources, if the merge has too few candidates, and the merger again; the filters that stand first among the steps;
/// refill sources, if these leave less than a slate, and the merger and those filters again; the other steps as
/// listed; side effects, after the reply. It owns budgets, timings, metrics, degradation and the stages' contracts, so that stages hold
/// none of that.
public struct Pipeline<Query: PipelineQuery, Retrieved: Sendable, Candidate: PipelineCandidate>:
  Sendable
{
  /// A query hydrator in its place.
  public typealias QueryStage = Stage<any QueryHydrator<Query>>
  /// A source in its place.
  public typealias SourceStage = Stage<any CandidateSource<Query, Retrieved>>
  /// The merger in its place.
  public typealias MergeStage = Stage<any CandidateMerger<Query, Retrieved, Candidate>>
  /// A side effect in its place.
  public typealias EffectStage = Stage<any SideEffect<Query, Candidate>>

  /// As metrics name it.
  public let name: String
  let queryHydrators: [QueryStage]
  let sources: [SourceStage]
  let merger: MergeStage
  let backfill: [SourceStage]
  let refill: [SourceStage]
  let steps: [Step<Query, Candidate>]
  /// The filters that stand before all other steps.
  let firstFilters: [Stage<any CandidateFilter<Query, Candidate>>]
  let sideEffects: [EffectStage]
  let environment: PipelineEnvironment
  let metrics: PipelineMetrics

  /// A pipeline.
  ///
  /// - Parameters:
  ///   - name: as metrics name it, e.g. "recommend".
  ///   - service: the service's name in the names of metrics, e.g. "gateway".
  public init(
    name: String, service: String, environment: PipelineEnvironment,
    queryHydrators: [QueryStage] = [], sources: [SourceStage], merger: MergeStage,
    backfill: [SourceStage] = [], refill: [SourceStage] = [],
    steps: [Step<Query, Candidate>], sideEffects: [EffectStage] = []
  ) {
    self.name = name
    self.queryHydrators = queryHydrators
    self.sources = sources
    self.merger = merger
    self.backfill = backfill
    self.refill = refill
    firstFilters = steps.prefix { if case .filterStage = $0 { true } else { false } }.compactMap {
      if case .filterStage(let stage) = $0 { stage } else { nil }
    }
    self.steps = steps
    self.sideEffects = sideEffects
    self.environment = environment
    let names =
      queryHydrators.map(\.name) + sources.map(\.name) + [merger.name] + backfill.map(\.name)
      + refill.map(\.name)
      + steps.map(\.name) + sideEffects.map(\.name) + [Self.fanOutName]
    metrics = PipelineMetrics(service: service, pipeline: name, components: names)
  }

  static var fanOutName: String { "fan_out" }

  /// Answers a query.
  ///
  /// - Throws: the error of a required stage; `CancellationError` when the caller has gone.
  public func run(
    _ query: Query, deadline: ContinuousClock.Instant
  ) async throws -> PipelineResult<Query, Candidate> {
    try await PipelineRun(pipeline: self, query: query, deadline: deadline).run()
  }

  /// Starts the side effects that want this request, on nobody's time. Call it when the reply is made.
  public func startSideEffects(_ result: PipelineResult<Query, Candidate>) {
    let wanted = sideEffects.filter { $0.component.isEnabled(for: result.query) }
    guard !wanted.isEmpty else { return }
    Task.detached(priority: .utility) {
      for stage in wanted {
        do {
          try await stage.component.run(result)
        } catch {
          metrics.failed(stage.name, environment.classify(error))
        }
      }
    }
  }
}

extension Stage {
  /// A query hydrator.
  public static func query<Query: PipelineQuery>(
    _ name: String, _ hydrator: some QueryHydrator<Query>, onFailure: FailurePolicy = .required,
    budget: StageBudget = .rest
  ) -> Self where Component == any QueryHydrator<Query> {
    Stage(name, hydrator, onFailure: onFailure, budget: budget)
  }

  /// A source.
  public static func source<Query: PipelineQuery, Retrieved: Sendable>(
    _ name: String, _ source: some CandidateSource<Query, Retrieved>,
    onFailure: FailurePolicy = .optional(fallback: "other sources"), budget: StageBudget = .rest
  ) -> Self where Component == any CandidateSource<Query, Retrieved> {
    Stage(name, source, onFailure: onFailure, budget: budget)
  }
}
