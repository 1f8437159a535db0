import Artifacts
import Catalogue
import Logging
public import RPC
import RecommendationProtos
import ServiceContracts
public import ServiceRuntime

/// The gateway as a process runs it: its service, and what goes on behind it.
public final class GatewayParts: ServiceParts {
  /// Pauses between attempts while a thing that requests need is still missing.
  private static let retryPause: Duration = .milliseconds(200)
  private static let reportInterval: Duration = .seconds(2)

  private let configuration: GatewayConfiguration
  private let catalogue = LiveCatalogue()
  private let service: RecommendationService
  private let replica: CatalogueReplica
  private let logger: Logger
  private let background = BackgroundTasks()

  /// The parts as a process runs them.
  public convenience init(
    configuration: GatewayConfiguration, environment: ServiceEnvironment
  ) throws {
    try self.init(configuration: configuration, logger: environment.logger)
  }

  /// Builds the parts; nothing is called yet.
  init(configuration: GatewayConfiguration, logger: Logger) throws {
    self.configuration = configuration
    self.logger = logger
    service = try RecommendationService(
      configuration: configuration, catalogue: catalogue, logger: logger)
    replica = CatalogueReplica(
      catalogue,
      bundle: CatalogueBundle(
        registryPath: configuration.registryPath, label: configuration.catalogueLabel),
      features: service.backends.features, longestPause: .milliseconds(500), logger: logger)
  }

  /// `recsys.gateway.v1.RecommendationService` and `recsys.gateway.v1.OperatorService`.
  public var services: [ServiceDefinition] { service.definitions }

  /// Waits a while for the catalogue and for the services behind. What is missing then does not keep the gateway
  /// from serving: its replies say what was degraded, and the background work goes on asking.
  public func start() async throws {
    replica.loadBundle()
    try service.rulesKeeper.load()
    let (words, feed) = AsyncStream<Void>.makeStream()
    let (replica, service, configuration) = (replica, service, configuration)
    background.begin { await replica.follow { feed.yield() } }
    await Self.wait(for: words, atMost: configuration.catalogueWait)
    await service.backends.connect(
      timeout: min(configuration.startWait, configuration.catalogueWait))
    _ = try? await service.descriptions.refresh(timeout: configuration.startWait)
    try? await service.popular.refresh(timeout: configuration.startWait)
    background.begin {
      await service.descriptions.run(
        every: configuration.descriptionRefresh, whileMissing: Self.retryPause)
    }
    background.begin {
      await service.popular.run(every: configuration.popularRefresh, whileMissing: .seconds(1))
    }
    background.begin { await service.rulesKeeper.run(every: configuration.rulesPoll) }
    if let cache = service.cache {
      background.begin(every: Self.reportInterval) { cache.report() }
    }
    if let shadow = service.shadow {
      background.begin {
        await shadow.descriptions.run(
          every: configuration.descriptionRefresh, whileMissing: .seconds(1))
      }
    }
  }

  /// Ends the background work.
  public func stop() async {
    await background.stop()
    service.shared?.close()
    if let log = service.traceLog { try? await QuietThread.run { log.close() } }
  }

  /// Waits for the first word, or until the time is up.
  private static func wait(for words: AsyncStream<Void>, atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in words { return } }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }
}
