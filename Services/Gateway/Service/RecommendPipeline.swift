import Logging
import RPC
import StagePipeline

/// The request's way: what happens to a Recommend, in this order.
struct RecommendPipeline: Sendable {
  typealias Frame = Pipeline<RecommendQuery, [RetrievedList], SlateCandidate>

  /// A first page, or one whose first page is not remembered here.
  let first: Frame
  /// A later page, from the ranking that its first page left.
  let later: Frame

  /// What stages are made of.
  struct Parts: Sendable {
    let policy: Policy
    let backends: Backends
    let descriptions: RankerDescriptions
    let popular: PopularItems
    let shadow: ShadowRanker?
    let logger: Logger
  }

  private let parts: Parts

  init(_ parts: Parts) { self.init(parts, asking: .asking(parts)) }

  private init(_ parts: Parts, asking stages: ServiceStages) {
    self.parts = parts
    first = Self.firstPage(parts, stages)
    later = Self.laterPage(parts, stages)
  }

  /// The same way with the answers that a query's playback has, instead of other services.
  func played() -> RecommendPipeline {
    RecommendPipeline(parts, asking: .played(.asking(parts)))
  }

  /// Starts what is to follow a reply, on nobody's time.
  func startSideEffects(_ result: PipelineResult<RecommendQuery, SlateCandidate>) {
    let frame = result.query.page == nil ? first : later
    frame.startSideEffects(result)
  }

  /// The way of a first page for a user as given (nil: as the Feature service knows it), asking everyone else.
  func asking(user: UserState?) -> Frame {
    var stages = ServiceStages.asking(parts)
    if let user { stages.user = GivenUser(user: user) }
    return Self.firstPage(parts, stages)
  }

  /// How the slates are made.
  var policy: Policy { parts.policy }

  private static func firstPage(_ parts: Parts, _ stages: ServiceStages) -> Frame {
    let (policy, limits) = (parts.policy, parts.policy.budgets)
    return Frame(
      name: "recommend", service: "gateway", environment: environment(parts),
      queryHydrators: [
        Stage(
          ServiceStages.user, stages.user, onFailure: .optional(fallback: "no history"),
          budget: StageBudget(share: 0.3, atMost: limits.user))
      ],
      sources: stages.sources.map { source in
        Stage(
          source.name, source.source,
          onFailure: source.isRequired ? .required : .optional(fallback: "popular items"),
          budget: StageBudget(share: 0.4, atMost: limits.candidates))
      },
      merger: Stage(
        "merge", RememberingMerger(merger: PinningMerger(base: BlendMerger(policy: policy)))),
      backfill: [
        Stage(PopularSource.name, stages.popular, onFailure: .optional(fallback: "other sources"))
      ],
      refill: stages.refill.map { name, source in
        Stage(
          name, source, onFailure: .optional(fallback: "what there is"),
          budget: StageBudget(share: 0.4, atMost: limits.candidates))
      },
      steps: [
        .filter("eligibility", EligibilityFilter()),
        .filter("seen", SeenFilter()),
        .filter("shown", ShownFilter()),
        .filter("rules", RulesFilter()),
        .hydrateStage(
          Stage(
            ServiceStages.itemFeatures, stages.itemFeatures,
            onFailure: .optional(fallback: "merged retrieval order"),
            budget: StageBudget(share: 0.4, atMost: limits.features))),
        .hydrateStage(
          Stage(
            ServiceStages.popularity, stages.popularity,
            onFailure: .optional(fallback: "no popularity penalty"),
            budget: StageBudget(share: 0.4, atMost: limits.features))),
        .scoreStage(
          Stage(
            ServiceStages.ranking, stages.scorer,
            onFailure: .optional(fallback: "merged retrieval order"),
            budget: StageBudget(share: 0.6, atMost: limits.ranking))),
        rerank, explain(parts, stages),
      ],
      sideEffects: sideEffects(parts))
  }

  private static func sideEffects(_ parts: Parts) -> [Frame.EffectStage] {
    var effects: [Frame.EffectStage] = [
      Stage("popular", PopularObserver(popular: parts.popular))
    ]
    // The last one, because it may take its time.
    if let shadow = parts.shadow { effects.append(Stage("shadow", shadow)) }
    return effects
  }

  private static func laterPage(_ parts: Parts, _ stages: ServiceStages) -> Frame {
    Frame(
      name: "recommend_page", service: "gateway", environment: environment(parts), sources: [],
      merger: Stage("page", PageMerger()),
      steps: [
        .filter("eligibility", EligibilityFilter()), .filter("rules", RulesFilter()), rerank,
        explain(parts, stages),
      ])
  }

  // MARK: Stages of both

  private static var rerank: Step<RecommendQuery, SlateCandidate> {
    .select("rerank", DiversitySelector(), onFailure: .optional(fallback: "order by score"))
  }

  private static func explain(
    _ parts: Parts, _ stages: ServiceStages
  ) -> Step<RecommendQuery, SlateCandidate> {
    .hydrateStage(
      Stage(
        ServiceStages.explanation, stages.explanation,
        onFailure: .optional(fallback: "no reasons"),
        budget: StageBudget(share: 0.9, atMost: parts.policy.budgets.explanation)))
  }

  private static func environment(_ parts: Parts) -> PipelineEnvironment {
    PipelineEnvironment(
      logger: parts.logger, executor: TransportExecution.executor,
      classify: { FailureReason($0) })
  }
}
