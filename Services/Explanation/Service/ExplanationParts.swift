import Artifacts
import Catalogue
import Foundation
public import Logging
import Models
public import RPC
import ServiceContracts
public import ServiceRuntime
import Synchronization

/// The Explanation service: models by label, a replica of the catalogue, and the method that joins them.
public final class ExplanationParts: ServiceParts {
  private let configuration: ExplanationConfiguration
  private let models: ExplanationModels
  private let catalogue = LiveCatalogue()
  private let follower: CatalogueFollower?
  private let pool: ComputePool
  private let logger: Logger
  private let tasks = Mutex<[Task<Void, Never>]>([])

  /// The parts as a process runs them.
  public convenience init(
    configuration: ExplanationConfiguration, environment: ServiceEnvironment
  ) throws {
    try self.init(
      configuration: configuration, computePool: environment.computePool,
      logger: environment.logger)
  }

  /// The parts on a pool of the caller's.
  public init(
    configuration: ExplanationConfiguration, computePool: ComputePool, logger: Logger
  ) throws {
    self.configuration = configuration
    self.logger = logger
    pool = computePool
    models = ExplanationModels(configuration: configuration, logger: logger)
    follower =
      configuration.featuresTarget.isEmpty
      ? nil
      : CatalogueFollower(
        client: FeatureClient(channel: try Channel(target: configuration.featuresTarget)),
        catalogue: catalogue)
  }

  /// `recsys.explanation.v1.ExplanationService`.
  public var services: [ServiceDefinition] {
    let handler = ExplainHandler(
      models: models, catalogue: catalogue, pool: pool,
      logger: logger)
    var service = ServiceDefinition(ExplanationMethods.service)
    service.unary(ExplanationMethods.explain) { request, _ in try await handler.explain(request) }
    return [service]
  }

  /// Loads the catalogue and the models that are there. What is missing does not keep the service from
  /// starting: it says less until that comes.
  public func start() async throws {
    loadCatalogue()
    models.refresh()
    let (models, follower, logger) = (models, follower, logger)
    tasks.withLock { tasks in
      tasks.append(Task.detached(priority: .utility) { await models.follow() })
      guard let follower else { return }
      tasks.append(
        Task.detached(priority: .utility) {
          await follower.run { Self.record($0, logger) }
        })
    }
  }

  /// Ends the watch on the registry and on the catalogue.
  public func stop() async {
    let running = tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for task in running { task.cancel() }
    for task in running { await task.value }
  }

  /// The catalogue as of training, until the Feature service has sent its own.
  private func loadCatalogue() {
    let registry = ModelRegistry(root: configuration.registryPath)
    do {
      let kind = CatalogueFile.bundleKind
      guard let version = try registry.labels(kind)[configuration.catalogueLabel] else { return }
      let path = try registry.open(kind: kind, version: version).path(CatalogueFile.name)
      try catalogue.replace(
        with: CatalogueFile.read(from: URL(fileURLWithPath: path)), sequence: 0)
      logger.info(
        "catalogue loaded",
        metadata: ["version": "\(version)", "items": "\(catalogue.snapshot.count)"])
    } catch {
      logger.error("catalogue bundle refused", metadata: ["error": "\(error)"])
    }
  }

  private static func record(_ event: CatalogueFollower.Event, _ logger: Logger) {
    switch event {
    case .caughtUp(let sequence, let items):
      logger.info(
        "catalogue followed", metadata: ["sequence": "\(sequence)", "items": "\(items)"])
    case .disconnected(let error, let pause):
      logger.warning(
        "catalogue stream lost", metadata: ["error": "\(error)", "pause": "\(pause)"])
    case .refused(let error):
      logger.error("catalogue change refused", metadata: ["error": "\(error)"])
    }
  }
}
