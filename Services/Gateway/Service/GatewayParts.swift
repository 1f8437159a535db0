import Artifacts
import Catalogue
import Foundation
import Logging
public import RPC
import RecommendationProtos
import ServiceContracts
public import ServiceRuntime
import Synchronization

/// The gateway as a process runs it: its service, and what goes on behind it.
public final class GatewayParts: ServiceParts {
  /// Pauses between attempts while a thing that requests need is still missing.
  private static let retryPause: Duration = .milliseconds(200)

  private let configuration: GatewayConfiguration
  private let catalogue = LiveCatalogue()
  private let service: RecommendationService
  private let follower: CatalogueFollower
  private let logger: Logger
  private let tasks = Mutex<[Task<Void, Never>]>([])

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
    follower = CatalogueFollower(
      client: service.backends.features, catalogue: catalogue, longestPause: .milliseconds(500))
  }

  /// `recsys.gateway.v1.RecommendationService` and `recsys.gateway.v1.OperatorService`.
  public var services: [ServiceDefinition] { service.definitions }

  /// Waits a while for the catalogue and for the services behind. What is missing then does not keep the gateway
  /// from serving: its replies say what was degraded, and the background work goes on asking.
  public func start() async throws {
    loadCatalogue()
    try service.rulesKeeper.load()
    let (words, feed) = AsyncStream<Void>.makeStream()
    let (follower, logger, service, configuration) = (follower, logger, service, configuration)
    let following = Task.detached(priority: .utility) {
      await follower.run { event in
        Self.record(event, logger)
        if case .caughtUp = event { feed.yield() }
      }
    }
    await Self.wait(for: words, atMost: configuration.catalogueWait)
    await service.backends.connect(timeout: min(.seconds(1), configuration.catalogueWait))
    _ = try? await service.descriptions.refresh(timeout: .seconds(1))
    try? await service.popular.refresh(timeout: .seconds(1))
    let describing = Task.detached(priority: .utility) {
      await service.descriptions.run(
        every: configuration.descriptionRefresh, whileMissing: Self.retryPause)
    }
    let refreshing = Task.detached(priority: .utility) {
      await service.popular.run(
        every: configuration.popularRefresh, whileMissing: .seconds(1))
    }
    let ruling = Task.detached(priority: .utility) {
      await service.rulesKeeper.run(every: configuration.rulesPoll)
    }
    let cache = service.cache
    let measuring = Task.detached(priority: .utility) {
      while !Task.isCancelled {
        cache?.report()
        try? await Task.sleep(for: .seconds(2))
      }
    }
    let shadowing = service.shadow.map { shadow in
      Task.detached(priority: .utility) {
        await shadow.descriptions.run(
          every: configuration.descriptionRefresh, whileMissing: .seconds(1))
      }
    }
    tasks.withLock {
      $0 = [following, describing, refreshing, ruling, measuring] + (shadowing.map { [$0] } ?? [])
    }
  }

  /// Ends the background work.
  public func stop() async {
    let running = tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for task in running { task.cancel() }
    for task in running { await task.value }
    service.shared?.close()
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

  /// The catalogue as of training, until the Feature service has sent its own.
  private func loadCatalogue() {
    guard !configuration.registryPath.isEmpty else { return }
    let registry = ModelRegistry(root: configuration.registryPath)
    let kind = CatalogueFile.bundleKind
    do {
      guard let version = try registry.labels(kind)[configuration.catalogueLabel] else { return }
      let path = try registry.open(kind: kind, version: version).path(CatalogueFile.name)
      try catalogue.replace(
        with: CatalogueFile.read(from: URL(fileURLWithPath: path)), sequence: 0)
      logger.info(
        "catalogue loaded from its bundle",
        metadata: ["version": "\(version)", "items": "\(catalogue.snapshot.count)"])
    } catch {
      logger.warning("cannot load the catalogue's bundle", metadata: ["error": "\(error)"])
    }
  }

  private static func record(_ event: CatalogueFollower.Event, _ logger: Logger) {
    switch event {
    case .caughtUp(let sequence, let items):
      logger.info(
        "catalogue is up to date", metadata: ["sequence": "\(sequence)", "items": "\(items)"])
    case .disconnected(let error, let pause):
      logger.info(
        "catalogue stream lost", metadata: ["error": "\(error)", "next_in": "\(pause)"])
    case .refused(let error):
      logger.warning("catalogue change refused", metadata: ["error": "\(error)"])
    }
  }
}
