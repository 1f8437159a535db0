import Artifacts
public import Logging
public import RPC
import Rankers
import ServiceContracts
public import ServiceRuntime
import Synchronization

/// The Ranking service: models by label, and the methods that run them.
public final class RankingParts: ServiceParts {
  private let configuration: RankingConfiguration
  private let choice: ModelChoice
  private let changes: ChangeLog
  private let recent = RecentInputs()
  private let pool: ComputePool
  private let follower = Mutex<Task<Void, Never>?>(nil)

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
    changes = ChangeLog(logger: logger)
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
    do {
      changes.record(try choice.models.refresh())
    } catch {
      changes.record(error)
    }
    if choice.models.entry(label: configuration.defaultLabel) == nil {
      changes.logger.warning(
        "no model yet",
        metadata: [
          "label": "\(configuration.defaultLabel)", "registry": "\(configuration.registryPath)",
        ])
    }
    let (models, changes, interval) = (choice.models, changes, configuration.refreshInterval)
    follower.withLock { task in
      task = Task.detached(priority: .utility) {
        await models.follow(
          every: interval, onChange: { changes.record($0) }, onError: { changes.record($0) })
      }
    }
  }

  /// Ends the watch on the registry.
  public func stop() async {
    let task = follower.withLock { $0.take() }
    task?.cancel()
    await task?.value
  }
}
