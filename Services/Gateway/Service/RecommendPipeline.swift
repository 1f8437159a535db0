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

  init(
    policy: Policy, backends: Backends, descriptions: RankerDescriptions, popular: PopularItems,
    logger: Logger
  ) {
    let environment = PipelineEnvironment(
      logger: logger, executor: TransportExecution.executor, classify: { FailureReason($0) })
    let features = FeatureGathering(client: backends.features, historyLimit: policy.historyLimit)
    let limits = policy.budgets
    let explain = Step<RecommendQuery, SlateCandidate>.hydrate(
      "explanation", ExplanationHydrator(client: backends.explanation),
      onFailure: .optional(fallback: "no reasons"),
      budget: StageBudget(share: 0.9, atMost: limits.explanation))

    first = Frame(
      name: "recommend", service: "gateway", environment: environment,
      queryHydrators: [
        .query(
          "features/user", UserHydrator(features: features),
          onFailure: .optional(fallback: "no history"),
          budget: StageBudget(share: 0.3, atMost: limits.user))
      ],
      sources: backends.endpoints(of: policy).map { name, source in
        .source(
          name, source, onFailure: .optional(fallback: "popular items"),
          budget: StageBudget(share: 0.4, atMost: limits.candidates))
      },
      merger: Stage("merge", QuotaMerger(policy: policy)),
      backfill: [
        .source(PopularSource.name, PopularSource(popular: popular, limit: policy.candidateLimit))
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
          "ranking",
          RankingScorer(
            client: backends.ranking, features: features, descriptions: descriptions,
            label: policy.rankerLabel),
          onFailure: .optional(fallback: "merged retrieval order"),
          budget: StageBudget(share: 0.6, atMost: limits.ranking)),
        .select("rerank", DiversitySelector(), onFailure: .optional(fallback: "order by score")),
        explain,
      ],
      sideEffects: [Stage("popular", PopularObserver(popular: popular))])

    later = Frame(
      name: "recommend_page", service: "gateway", environment: environment, sources: [],
      merger: Stage("page", PageMerger()),
      steps: [
        .filter("eligibility", EligibilityFilter()),
        .select("rerank", DiversitySelector(), onFailure: .optional(fallback: "order by score")),
        explain,
      ])
  }
}
