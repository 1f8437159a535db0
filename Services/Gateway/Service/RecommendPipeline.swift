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

  init(_ parts: Parts) {
    first = Self.firstPage(parts)
    later = Self.laterPage(parts)
  }

  private static func firstPage(_ parts: Parts) -> Frame {
    let (policy, limits) = (parts.policy, parts.policy.budgets)
    let features = FeatureGathering(
      client: parts.backends.features, historyLimit: policy.historyLimit)
    return Frame(
      name: "recommend", service: "gateway", environment: environment(parts),
      queryHydrators: [
        .query(
          "features/user", UserHydrator(features: features),
          onFailure: .optional(fallback: "no history"),
          budget: StageBudget(share: 0.3, atMost: limits.user))
      ],
      sources: parts.backends.endpoints(of: policy).map { name, source in
        .source(
          name, source, onFailure: .optional(fallback: "popular items"),
          budget: StageBudget(share: 0.4, atMost: limits.candidates))
      },
      merger: Stage("merge", QuotaMerger(policy: policy)),
      backfill: [
        .source(
          PopularSource.name,
          PopularSource(popular: parts.popular, limit: policy.candidateLimit))
      ],
      steps: [
        .filter("eligibility", EligibilityFilter()),
        .filter("seen", SeenFilter()),
        .filter("shown", ShownFilter()),
        .hydrate(
          "features/items", ItemFeatureHydrator(features: features),
          onFailure: .optional(fallback: "merged retrieval order"),
          budget: StageBudget(share: 0.4, atMost: limits.features)),
        .score(
          "ranking", RankingScorer(parts, features: features),
          onFailure: .optional(fallback: "merged retrieval order"),
          budget: StageBudget(share: 0.6, atMost: limits.ranking)),
        rerank, explain(parts),
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

  private static func laterPage(_ parts: Parts) -> Frame {
    Frame(
      name: "recommend_page", service: "gateway", environment: environment(parts), sources: [],
      merger: Stage("page", PageMerger()),
      steps: [.filter("eligibility", EligibilityFilter()), rerank, explain(parts)])
  }

  // MARK: Stages of both

  private static var rerank: Step<RecommendQuery, SlateCandidate> {
    .select("rerank", DiversitySelector(), onFailure: .optional(fallback: "order by score"))
  }

  private static func explain(_ parts: Parts) -> Step<RecommendQuery, SlateCandidate> {
    .hydrate(
      "explanation", ExplanationHydrator(client: parts.backends.explanation),
      onFailure: .optional(fallback: "no reasons"),
      budget: StageBudget(share: 0.9, atMost: parts.policy.budgets.explanation))
  }

  private static func environment(_ parts: Parts) -> PipelineEnvironment {
    PipelineEnvironment(
      logger: parts.logger, executor: TransportExecution.executor,
      classify: { FailureReason($0) })
  }
}
