import BusinessRules
import Catalogue
import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// The gateway: everything that answers `recsys.gateway.v1.RecommendationService`, and what operators ask of it.
public struct RecommendationService: Sendable {
  let backends: Backends
  let descriptions: RankerDescriptions
  let popular: PopularItems
  let load: LoadControl
  /// The ranker that is tried beside the one that serves; nil while none is.
  let shadow: ShadowRanker?
  let traces: TraceStore
  /// Traces on disk; nil where none are kept there.
  let traceLog: TraceLog?
  private let finder: TraceFinder
  let batches: BatchPriority
  private let operatorToken: OperatorToken
  /// What gateways share; nil where no Redis is configured.
  let shared: SharedSlates?
  let cache: SlateCache?
  /// Makes slates.
  private let handler: RecommendHandler
  /// Makes slates, or remembers them.
  private let recommend: CachedRecommend
  let rulesKeeper: RulesKeeper
  let rulesInForce: RulesInForce
  private let rules: RulesHandler
  private let similar: SimilarItemsHandler
  private let events: EventsHandler
  private let items: ItemsHandler

  /// Builds the gateway over a catalogue that somebody keeps up to date.
  public init(
    configuration: GatewayConfiguration, catalogue: LiveCatalogue, logger: Logger
  ) throws {
    let policy = configuration.policy
    traces = TraceStore(configuration.traces)
    traceLog =
      configuration.traceLog.path.isEmpty
      ? nil : try TraceLog(configuration.traceLog, logger: logger)
    batches = BatchPriority(configuration.batch)
    operatorToken = OperatorToken(configuration.operatorToken)
    backends = try Backends(configuration)
    guard let candidates = backends.candidates[backends.defaultCandidateTarget] else {
      throw GatewayError(.configuration, "there is no endpoint for candidates")
    }
    descriptions = RankerDescriptions(
      channels: backends.ranking.channel.each, label: policy.rankerLabel, logger: logger)
    let cacheMetrics = CacheMetrics()
    shared = try configuration.cache.redis.map {
      try SharedSlates(
        $0, prefix: configuration.cache.prefix, metrics: cacheMetrics, logger: logger)
    }
    popular = PopularItems(
      client: candidates, source: policy.popularSource, count: configuration.popularCount,
      shared: shared, logger: logger)
    load = LoadControl(policy: configuration.load)
    shadow = Self.shadow(configuration, backends, load, logger)
    rulesInForce = RulesInForce()
    let cursorKey =
      configuration.cursorKeyPath.isEmpty
      ? CursorKey.random() : try CursorKey(path: configuration.cursorKeyPath)
    rulesKeeper = RulesKeeper(
      rulesInForce, path: configuration.rulesPath, catalogue: catalogue, logger: logger)
    rules = RulesHandler(
      inForce: rulesInForce, keeper: rulesKeeper, traces: traces,
      trialSlates: configuration.trialSlates, catalogue: catalogue, clock: configuration.clock)
    let policies = ServedPolicies(configuration.policies) {
      [backends, descriptions, popular, shadow] policy in
      RecommendPipeline(
        RecommendPipeline.Parts(
          policy: policy, backends: backends, descriptions: descriptions, popular: popular,
          shadow: shadow, logger: logger))
    }
    finder = TraceFinder(
      memory: traces, log: traceLog, policies: policies, catalogue: catalogue,
      descriptions: descriptions, cursorKey: cursorKey, clock: configuration.clock)
    handler = RecommendHandler(
      load: load, policies: policies, pageLifetime: configuration.pageLifetime,
      catalogue: catalogue, descriptions: descriptions, rules: rulesInForce, cursorKey: cursorKey,
      snapshots: SlateSnapshots(capacity: configuration.snapshotCount), metrics: SlateMetrics(),
      traces: TraceKeeper(memory: traces, log: traceLog), batches: batches,
      clock: configuration.clock)
    cache = Self.cache(
      configuration, catalogue: catalogue, descriptions: descriptions, rules: rulesInForce,
      shared: shared, metrics: cacheMetrics)
    recommend = CachedRecommend(
      handler: handler, cache: cache, features: backends.features, policy: policy)
    similar = SimilarItemsHandler(
      load: load, policy: policy, catalogue: catalogue, client: candidates,
      clock: configuration.clock)
    events = EventsHandler(client: backends.features, timeout: policy.maximumDeadline)
    items = ItemsHandler(
      client: backends.features, timeout: policy.maximumDeadline, clock: configuration.clock)
  }

  private static func cache(
    _ configuration: GatewayConfiguration, catalogue: LiveCatalogue,
    descriptions: RankerDescriptions, rules: RulesInForce, shared: SharedSlates?,
    metrics: CacheMetrics
  ) -> SlateCache? {
    guard configuration.cache.bytes > 0 else { return nil }
    let policies = configuration.policies.version
    let clock = configuration.clock
    return SlateCache(
      bytes: configuration.cache.bytes, lifetime: configuration.cache.lifetime, shared: shared,
      metrics: metrics
    ) {
      var hash = StableHash()
      hash.combine(policies)
      let ranker = descriptions.current
      hash.combine(ranker?.modelVersion ?? "")
      hash.combine(ranker?.fingerprint ?? 0)
      hash.combine(catalogue.snapshot.sequence)
      let book = rules.book
      hash.combine(book.version)
      // Rules begin and end by the clock.
      let now = clock.nowMilliseconds
      for rule in book.rules where rule.isWithin(now) { hash.combine(rule.id) }
      return hash.finalized()
    }
  }

  private static func shadow(
    _ configuration: GatewayConfiguration, _ backends: Backends, _ load: LoadControl,
    _ logger: Logger
  ) -> ShadowRanker? {
    guard configuration.shadow.isOn else { return nil }
    let label = configuration.shadow.label
    return ShadowRanker(
      policy: configuration.shadow, call: RankCall(client: backends.ranking, label: label),
      features: FeatureGathering(
        client: backends.features, historyLimit: configuration.policy.historyLimit),
      load: load,
      descriptions: RankerDescriptions(
        channels: backends.ranking.channel.each, label: label, logger: logger))
  }

  /// `recsys.gateway.v1.RecommendationService` and `recsys.gateway.v1.OperatorService`.
  public var definitions: [ServiceDefinition] {
    [definition, operators.definition]
  }

  private var operators: OperatorService {
    OperatorService(token: operatorToken, replay: ReplayHandler(traces: finder), rules: rules)
  }

  private var definition: ServiceDefinition {
    var service = ServiceDefinition(GatewayMethods.service)
    service.unary(GatewayMethods.recommend, recommend.recommend)
    service.unary(GatewayMethods.similarItems, similar.similar)
    service.unary(GatewayMethods.recordEvents, events.record)
    service.clientStreaming(GatewayMethods.streamEvents, events.stream)
    service.unary(GatewayMethods.upsertItems, items.upsert)
    service.unary(GatewayMethods.deleteItems, items.delete)
    let why = WhyHandler(recommend: handler, traces: finder)
    service.unary(GatewayMethods.whyItem) { [operatorToken] message, context in
      try operatorToken.check(context)
      return try await why.why(message, context)
    }
    let batch = BatchHandler(recommend: handler, priority: batches)
    service.serverStreaming(GatewayMethods.recommendBatch, batch.batch)
    return service
  }
}
