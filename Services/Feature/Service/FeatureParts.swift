import CoreMetrics
import Catalogue
import Features
public import Logging
public import RPC
import ServiceContracts
public import ServiceRuntime
import Synchronization

/// The Feature service: the store, and the methods that read and write it.
public final class FeatureParts: ServiceParts {
  private let configuration: FeatureConfiguration
  private let store: any OnlineStore
  private let pool: ComputePool
  private let logger: Logger
  private let clock: @Sendable () -> Int64
  private let serving: ServingStatus
  private let watches: WatchHandler
  private let tasks = Mutex<[Task<Void, Never>]>([])

  /// The parts as a process runs them.
  public convenience init(
    configuration: FeatureConfiguration, environment: ServiceEnvironment
  ) throws {
    try self.init(
      configuration: configuration, computePool: environment.computePool,
      logger: environment.logger, serving: environment.serving)
  }

  /// The parts on a pool of the caller's.
  ///
  /// - Parameter clock: the present, Unix time in milliseconds.
  /// - Throws: `StoreError` or `FeatureError` when the store cannot be opened.
  public init(
    configuration: FeatureConfiguration, computePool: ComputePool, logger: Logger,
    serving: ServingStatus = ServingStatus(),
    clock: @escaping @Sendable () -> Int64 = EmbeddedStore.systemClock
  ) throws {
    self.configuration = configuration
    pool = computePool
    self.logger = logger
    self.serving = serving
    self.clock = clock
    store =
      switch configuration.backend {
      case .embedded:
        try EmbeddedStore(
          path: configuration.storePath, configuration: configuration.store, clock: clock)
      case .redis:
        try RedisStore(configuration: configuration.redisStore, clock: clock) {
          SharedStoreLog.note($0, logger)
        }
      }
    watches = WatchHandler(
      store: store, pool: computePool, pageItems: configuration.watchPageItems,
      heartbeat: configuration.watchHeartbeat)
  }

  /// `recsys.features.v1.FeatureService`.
  public var services: [ServiceDefinition] {
    let reads = ReadHandler(store: store, pool: pool, clock: clock)
    let writes = WriteHandler(
      store: store, pool: pool, queueLimit: configuration.writeQueueLimit, clock: clock)
    let watches = watches
    var service = ServiceDefinition(FeatureMethods.service)
    service.unary(FeatureMethods.getUser) { request, _ in try await reads.getUser(request) }
    service.unary(FeatureMethods.getItems) { request, _ in try await reads.getItems(request) }
    service.unary(FeatureMethods.listFeatures) { _, _ in reads.listFeatures() }
    service.unary(FeatureMethods.recordEvents) { request, _ in
      try await writes.recordEvents(request)
    }
    service.unary(FeatureMethods.upsertItems) { request, _ in
      try await writes.upsertItems(request)
    }
    service.unary(FeatureMethods.deleteItems) { request, _ in
      try await writes.deleteItems(request)
    }
    service.serverStreaming(FeatureMethods.watchItems) { request, _, writer in
      try await watches.watch(request, writer)
    }
    return [service]
  }

  /// Fills an empty store from the catalogue bundle, if there is one. A shared store that cannot be reached does
  /// not keep the service from serving: it is filled when it is there, and until then the answers say what is amiss.
  public func start() async throws {
    var running: [Task<Void, Never>] = []
    if let shared = store as? RedisStore {
      let opening = SharedStoreOpening(
        store: shared, embeddedPath: configuration.storePath, bootstrap: bootstrap, logger: logger)
      let isOpen = try await opening.run(patience: .seconds(2))
      if isOpen { watches.open() }
      let watches = watches
      running.append(
        Task.detached { await opening.keepOpen(isOpen: isOpen) { watches.open() } })
    } else {
      // In one write: whoever is killed meanwhile starts again from nothing, not from a part.
      let store = store
      if store.isEmpty { try await bootstrap.fill { _ = try await store.upsert($0) } }
      watches.open()
    }
    logger.info(
      "store opened",
      metadata: [
        "backend": "\(configuration.backend.rawValue)", "path": "\(configuration.storePath)",
        "items": .stringConvertible(store.catalogue.snapshot.count),
        "events": .stringConvertible(store.eventCount),
      ])
    let store = store
    running.append(Task.detached(priority: .utility) { await Self.report(store) })
    if let embedded = store as? EmbeddedStore {
      let keeper = StoreKeeper(store: embedded, serving: serving, logger: logger)
      running.append(Task.detached(priority: .utility) { await keeper.run() })
    }
    let started = running
    tasks.withLock { $0 = started }
  }

  private var bootstrap: CatalogueBootstrap {
    CatalogueBootstrap(
      registryPath: configuration.registryPath, label: configuration.catalogueLabel,
      logger: logger)
  }

  /// Ends the watches, which have no end of their own.
  public func drain() async { store.endChangeSignals() }

  /// Finishes the writes that wait and closes the store.
  public func stop() async {
    for task in tasks.withLock({ $0 }) { task.cancel() }
    await store.close()
  }

  /// Sets the gauges every few seconds, until cancelled.
  private static func report(_ store: any OnlineStore) async {
    let items = Meter(label: "recsys_features_catalogue_items")
    let sequence = Meter(label: "recsys_features_catalogue_sequence")
    let events = Meter(label: "recsys_features_log_events")
    let logged = Meter(label: "recsys_features_log_events_kept")
    let waiting = Meter(label: "recsys_features_waiting_writes")
    let hits = Meter(label: "recsys_features_user_cache_hits")
    let misses = Meter(label: "recsys_features_user_cache_misses")
    let queued = Meter(label: "recsys_features_queued_events")
    while !Task.isCancelled {
      let catalogue = store.catalogue.snapshot
      items.set(catalogue.count)
      sequence.set(Double(catalogue.sequence))
      events.set(Double(store.eventCount))
      waiting.set(store.waitingWrites)
      let cache = store.cacheCounts
      hits.set(cache.hits)
      misses.set(cache.misses)
      if let shared = store as? RedisStore { queued.set(shared.queuedEvents) }
      if let embedded = store as? EmbeddedStore { logged.set(Double(embedded.loggedEventCount)) }
      try? await Task.sleep(for: .seconds(2))
    }
  }
}
