import Catalogue
public import Logging
public import RPC
import ServiceContracts
public import ServiceRuntime

/// The Explanation service: models by label, a replica of the catalogue, and the method that joins them.
public final class ExplanationParts: ServiceParts {
  /// How soon a change of the catalogue counts in what is said of descriptions.
  private static let catalogueInterval = Duration.milliseconds(250)

  private let configuration: ExplanationConfiguration
  private let models: ExplanationModels
  private let described: DescribedCatalogue
  private let catalogue: CatalogueReplica
  private let pool: ComputePool
  private let logger: Logger
  private let background = BackgroundTasks()

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
    described = DescribedCatalogue(logger: logger)
    catalogue = CatalogueReplica(
      bundle: CatalogueBundle(
        registryPath: configuration.registryPath, label: configuration.catalogueLabel),
      features: configuration.featuresTarget.isEmpty
        ? nil : FeatureClient(channel: try Channel(target: configuration.featuresTarget)),
      logger: logger)
  }

  /// `recsys.explanation.v1.ExplanationService`.
  public var services: [ServiceDefinition] {
    let handler = ExplainHandler(
      models: models, described: described, catalogue: catalogue.live, pool: pool,
      logger: logger)
    var service = ServiceDefinition(ExplanationMethods.service)
    service.unary(ExplanationMethods.explain) { request, _ in try await handler.explain(request) }
    return [service]
  }

  /// Loads the catalogue and the models that are there. What is missing does not keep the service from
  /// starting: it says less until that comes.
  public func start() async throws {
    catalogue.loadBundle()
    models.refresh()
    try await described.take(catalogue.live.snapshot, models.currentContent)
    let (models, described, catalogue) = (models, described, catalogue)
    background.begin(every: configuration.refreshInterval, aside: { models.refresh() })
    background.begin { await catalogue.follow() }
    background.begin {
      await described.follow(catalogue.live, every: Self.catalogueInterval) {
        models.currentContent
      }
    }
  }

  /// Ends the watch on the registry and on the catalogue.
  public func stop() async { await background.stop() }
}
