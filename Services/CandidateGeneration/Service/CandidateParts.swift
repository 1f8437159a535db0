import Catalogue
public import Logging
public import RPC
import RecommendationProtos
import ServiceContracts
public import ServiceRuntime

/// The Candidate generation service: sources, the live catalogue, and the methods that ask them.
public final class CandidateParts: ServiceParts {
  /// How often sources look for a change that nobody told them of: a model of theirs, an index built again. A
  /// change of the catalogue is told them at once.
  private static let catalogueInterval = Duration.milliseconds(250)

  private let configuration: CandidatesConfiguration
  private let sources: CandidateSources
  private let catalogue: CatalogueReplica
  private let watch: BundleWatch
  private let pool: ComputePool
  private let logger: Logger
  private let background = BackgroundTasks()

  /// The parts as a process runs them.
  public convenience init(
    configuration: CandidatesConfiguration, environment: ServiceEnvironment
  ) throws {
    try self.init(
      configuration: configuration, computePool: environment.computePool,
      logger: environment.logger)
  }

  /// The parts on a pool of the caller's.
  public init(
    configuration: CandidatesConfiguration, computePool: ComputePool, logger: Logger
  ) throws {
    self.configuration = configuration
    self.logger = logger
    pool = computePool
    sources = CandidateSources(configuration, logger: logger)
    catalogue = CatalogueReplica(
      bundle: CatalogueBundle(
        registryPath: configuration.registryPath, label: configuration.catalogueLabel),
      features: configuration.featuresTarget.isEmpty
        ? nil : FeatureClient(channel: try Channel(target: configuration.featuresTarget)),
      logger: logger)
    watch = BundleWatch(sources: sources, logger: logger)
  }

  /// `recsys.candidates.v1.CandidateService`.
  public var services: [ServiceDefinition] {
    let sources = sources
    let retrieve = RetrieveHandler(
      sources: sources, catalogue: catalogue.live, pool: pool, logger: logger)
    let similar = SimilarHandler(
      collaborative: sources.collaborative, content: sources.content, catalogue: catalogue.live,
      pool: pool)
    var service = ServiceDefinition(CandidateMethods.service)
    service.unary(CandidateMethods.retrieve) { try await retrieve.retrieve($0, $1) }
    service.unary(CandidateMethods.similar) { request, _ in try await similar.similar(request) }
    service.unary(CandidateMethods.listSources) { _, _ in Self.list(sources) }
    return [service]
  }

  /// Loads the catalogue and the bundles that are there. What is missing does not keep the service from
  /// starting: its source says so until that comes.
  public func start() async throws {
    catalogue.loadBundle()
    watch.refresh()
    watch.follow(catalogue.live.snapshot)
    let (watch, catalogue) = (watch, catalogue)
    // Changes that nobody has looked at yet are one.
    let (changes, changed) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    background.begin(every: configuration.refreshInterval, aside: { watch.refresh() })
    background.begin { await catalogue.follow { changed.yield() } }
    background.begin { await watch.follow(catalogue.live, changes: changes) }
    // Models that were switched take the catalogue in too.
    background.begin(every: Self.catalogueInterval) { changed.yield() }
  }

  /// Ends the watch on the registry and on the catalogue.
  public func stop() async { await background.stop() }

  private static func list(
    _ sources: CandidateSources
  ) -> Recsys_Candidates_V1_ListSourcesResponse {
    var response = Recsys_Candidates_V1_ListSourcesResponse()
    response.sources = sources.all.map { source in
      var description = Recsys_Candidates_V1_SourceDescription()
      description.source = source.name
      description.description_p = source.summary
      description.version = source.version
      description.itemCount = UInt64(source.itemCount)
      return description
    }
    return response
  }
}
