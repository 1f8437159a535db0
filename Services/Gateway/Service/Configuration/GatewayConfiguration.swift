import RPC
import ServiceRuntime

/// What the gateway can be told, beside what every service can.
public struct GatewayConfiguration: Sendable {
  var candidatesTarget = "127.0.0.1:7071"
  var featuresTarget = "127.0.0.1:7072"
  var rankingTarget = "127.0.0.1:7073"
  var explanationTarget = "127.0.0.1:7074"
  var channel = Self.defaultChannel
  var policies = Policies()
  /// The policy that serves where a request names none.
  var policy: Policy {
    get { policies.standard }
    set { policies.standard = newValue }
  }
  var load = LoadPolicy()
  var shadow = ShadowPolicy()
  var popularCount = 500
  var popularRefresh: Duration = .seconds(30)
  var descriptionRefresh: Duration = .seconds(2)
  var snapshotCount = 1_000
  var pageLifetime: Duration = .seconds(600)
  var cursorKeyPath = ""
  var registryPath = "var/models"
  var catalogueLabel = "production"
  var catalogueWait: Duration = .seconds(5)
  /// How long a start waits for each of the other things that are behind the gateway.
  var startWait: Duration = .seconds(1)
  var cache = CacheConfiguration()
  var batch = BatchPriority.Bounds()
  var traces = TraceStore.Bounds()
  var traceLog = TraceLog.Bounds()
  /// What operators' calls must show; empty: they are refused.
  var operatorToken = ""
  var rulesPath = ""
  var rulesPoll: Duration = .seconds(1)
  var trialSlates = 200
  var clock = WallClock.system

  /// Defaults.
  public init() {}

  /// Connects again soon: a service that comes back is to be found well within two seconds.
  static var defaultChannel: ChannelConfiguration {
    var channel = ChannelConfiguration()
    channel.connectBackoff = .milliseconds(100)
    channel.maxConnectBackoff = .milliseconds(500)
    channel.userAgent = "recsys-gateway"
    return channel
  }

  /// Reads the configuration. Keys, types and defaults:
  ///
  /// - `backends.candidates`, `backends.features`, `backends.ranking`, `backends.explanation` (gRPC targets;
  ///   127.0.0.1 with ports 7071 to 7074)
  /// - `backends.tls.roots`, `backends.tls.certificate`, `backends.tls.key` (files; empty: no TLS)
  /// - `backends.connect_backoff_ms` (10...10000, 100), `backends.max_connect_backoff_ms` (10...60000, 500)
  /// - `replicas.hedge_percentile` (0.5...0.999, 0.95), `replicas.hedge_budget` (0...0.5, 0.05; 0: no second calls),
  ///   `replicas.leave_out_outliers` (true)
  /// - `overload.…`: ``LoadPolicy/init(settings:)``; `shadow.…`: ``ShadowPolicy/init(settings:)``
  /// - `deadline.default_ms` (5...10000, 200), `deadline.maximum_ms` (5...60000, 10000)
  /// - `budgets.user_ms` (60), `budgets.candidates_ms` (100), `budgets.features_ms` (100),
  ///   `budgets.ranking_ms` (150), `budgets.explanation_ms` (100); all 1...60000
  /// - `policy.count` (1...500, 20), `policy.candidate_limit` (1...5000, 500),
  ///   `policy.history_limit` (1...5000, 500), `policy.fusion_constant` (0...1000000, 60),
  ///   `policy.ranker_label` (text, production), `policy.seen_again_after_days` (0...36500, 0: never)
  /// - `policy.sources` (list of names; those of `StandardSource.all`), and for each: `sources.NAME.quota`
  ///   (1...5000), `sources.NAME.reserved` (0...5000), `sources.NAME.weight` (0...1000),
  ///   `sources.NAME.budget_ms` (1...60000, 80), `sources.NAME.target` (gRPC target; empty: `backends.candidates`),
  ///   `sources.NAME.enabled` (true), `sources.NAME.on_failure` (optional, required; optional)
  /// - `policy.blend` (quota, weighted, reciprocal_rank_fusion, interleave; quota)
  /// - `exploration.share` (0...1, 0), `exploration.slots` (rising places from 1; 10)
  /// - `policies.names` (list of names; none), and for each the keys of `policy` (but `ranker_label`), `sources`,
  ///   `budgets`, `diversity` and `exploration` under `policies.NAME`; the default policy's values where not given
  /// - `diversity.mode` (off, mmr, dpp; mmr), `diversity.strength` (0...1, 0.2),
  ///   `diversity.max_per_category` (0...500, 0: no cap), `diversity.calibration`, `diversity.freshness`,
  ///   `diversity.serendipity`, `diversity.popularity_penalty` (each 0...1, 0),
  ///   `diversity.freshness_half_life_days` (0.01...100000, 365), `diversity.windows` (list of
  ///   attribute:window:maximum; none), `diversity.caps` (list of attribute:maximum; none)
  /// - `popular.source` (text, trending), `popular.count` (1...5000, 500), `popular.refresh_ms` (100...3600000,
  ///   30000)
  /// - `paging.snapshots` (0...1000000, 1000), `paging.lifetime_ms` (1000...86400000, 600000),
  ///   `paging.key_file` (file of the key that cursors are signed with, made when missing; empty: a key of this
  ///   process alone)
  /// - `rules.path` (file of business rules; empty: none), `rules.poll_ms` (10...3600000, 1000),
  ///   `rules.trial_slates` (0...10000, 200)
  /// - `registry.path` (folder of bundles; var/models; empty: none), `catalogue.label` (text, production),
  ///   `catalogue.wait_ms` (0...600000, 5000)
  /// - `cache.bytes` (0...1099511627776, 67108864; 0: slates are not remembered), `cache.lifetime_ms` (1...3600000,
  ///   30000)
  /// - `redis.url` (redis://[[user]:password@]host[:port][/database] or unix:///path; empty: none),
  ///   `redis.cache_prefix` (text, recsys:), `redis.cache_timeout_ms` (1...10000, 15)
  /// - `batch.concurrency` (1...256, 2), `batch.calls` (1...1000, 8), `batch.yield_above` (0...100000, 0),
  ///   `batch.longest_wait_ms` (0...60000, 50), `batch.deadline_ms` (5...60000, 1000)
  /// - `traces.memory_mib` (0...1048576, 64; 0: none), `traces.lifetime_ms` (1000...86400000, 900000),
  ///   `traces.path` (folder of one gateway's own; empty: none on disk), `traces.disk_mib` (1...1048576, 256),
  ///   `traces.disk_lifetime_ms` (1000...31536000000, 86400000)
  /// - `operator.token` (text, kept out of `--check-config`; empty: operators' calls are refused)
  public init(settings: SettingsReader) throws {
    candidatesTarget = try settings.string("backends.candidates", default: candidatesTarget)
    featuresTarget = try settings.string("backends.features", default: featuresTarget)
    rankingTarget = try settings.string("backends.ranking", default: rankingTarget)
    explanationTarget = try settings.string("backends.explanation", default: explanationTarget)
    try readChannel(settings)
    try readReplicas(settings)
    policies = try Policies(settings: settings)
    load = try LoadPolicy(settings: settings)
    shadow = try ShadowPolicy(settings: settings)
    popularCount = try settings.int("popular.count", default: popularCount, in: 1...5_000)
    popularRefresh = try settings.milliseconds(
      "popular.refresh_ms", default: 30_000, in: 100...3_600_000)
    snapshotCount = try settings.int("paging.snapshots", default: snapshotCount, in: 0...1_000_000)
    pageLifetime = try settings.milliseconds(
      "paging.lifetime_ms", default: 600_000, in: 1_000...86_400_000)
    cursorKeyPath = try settings.string("paging.key_file", default: cursorKeyPath)
    registryPath = try settings.string("registry.path", default: registryPath)
    catalogueLabel = try settings.string("catalogue.label", default: catalogueLabel)
    catalogueWait = try settings.milliseconds("catalogue.wait_ms", default: 5_000, in: 0...600_000)
    cache = try CacheConfiguration(settings: settings)
    batch = try BatchPriority.Bounds(settings: settings)
    traces.bytes = try settings.int("traces.memory_mib", default: 64, in: 0...1_048_576) << 20
    traces.lifetime = try settings.milliseconds(
      "traces.lifetime_ms", default: 900_000, in: 1_000...86_400_000)
    traceLog.path = try settings.string("traces.path", default: traceLog.path)
    traceLog.bytes = try settings.int("traces.disk_mib", default: 256, in: 1...1_048_576) << 20
    traceLog.lifetime = try settings.milliseconds(
      "traces.disk_lifetime_ms", default: 86_400_000, in: 1_000...31_536_000_000)
    operatorToken = try settings.secret(OperatorToken.key)
    rulesPath = try settings.string("rules.path", default: rulesPath)
    rulesPoll = try settings.milliseconds("rules.poll_ms", default: 1_000, in: 10...3_600_000)
    trialSlates = try settings.int("rules.trial_slates", default: trialSlates, in: 0...10_000)
  }
}
