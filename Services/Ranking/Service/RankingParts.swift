import Artifacts
public import Logging
public import RPC
import Rankers
import ServiceContracts
public import ServiceRuntime

/// The Ranking service: models by label, and the methods that run them.
public final class RankingParts: ServiceParts {
  private let configuration: RankingConfiguration
  private let choice: ModelChoice
  private let changes: LabelLog
  private let logger: Logger
  private let recent = RecentInputs()
  private let pool: ComputePool
  private let background = BackgroundTasks()

  /// The parts as a process runs them.
  public convenience init(
    configuration: RankingConfiguration, environment: ServiceEnvironment
  ) {
    var configuration = configuration
    configuration.threads = environment.settings.computeThreads
    self.init(
      configuration: configuration, computePool: environment.computePool,
      logger: environment.logger)
  }

  /// The parts on a pool of the caller's.
  public init(configuration: RankingConfiguration, computePool: ComputePool, logger: Logger) {
    self.configuration = configuration
    choice = ModelChoice(
      models: RankerLoading.models(configuration, recent: recent),
      defaultLabel: configuration.defaultLabel)
    changes = LabelLog(service: "ranking", logger: logger)
    self.logger = logger
    pool = computePool
  }

  /// `recsys.ranking.v1.RankingService`.
  public var services: [ServiceDefinition] {
    let scoring = ScoringHandler(choice: choice, pool: pool, recent: recent)
    let models = ModelsHandler(choice: choice, changes: changes)
    var service = ServiceDefinition(RankingMethods.service)
    service.unary(RankingMethods.rank) { request, _ in try await scoring.rank(request) }
    service.unary(RankingMethods.attribute) { request, _ in try await scoring.attribute(request) }
    service.unary(RankingMethods.describe) { request, _ in try models.describe(request) }
    service.unary(RankingMethods.listModels) { _, _ in try await models.listModels() }
    service.unary(RankingMethods.setLabel) { request, _ in try await models.setLabel(request) }
    return [service]
  }

  /// Loads what the labels name. A registry without a sound model does not keep the service from
  /// starting: it answers FAILED_PRECONDITION, and serves as soon as a label names a sound one.
  public func start() async throws {
    let (models, changes) = (choice.models, changes)
    let refresh: @Sendable () -> Void = {
      changes.record(models.kind) { try models.refreshedLabels() }
    }
    refresh()
    if choice.models.entry(label: configuration.defaultLabel) == nil {
      logger.warning(
        "no model yet",
        metadata: [
          "label": "\(configuration.defaultLabel)", "registry": "\(configuration.registryPath)",
        ])
    }
    background.begin(every: configuration.refreshInterval, aside: refresh)
  }

  /// Ends the watch on the registry.
  public func stop() async { await background.stop() }
}
