import Artifacts
import Catalogue
import ExplanationService
import Foundation
import LinearAlgebra
import Logging
import Models
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization
import TestSupport
import Testing
import Text

/// An Explanation service, a stand-in for the Feature service's catalogue stream, and a client.
///
/// The catalogue: four war films, two comedies. The model: one factor for each kind.
final class ExplanationServiceFixture: Sendable {
  static let films = [
    ("alien", "Alien", ["War"]), ("matrix", "The Matrix", ["War"]), ("ran", "Ran", ["War"]),
    ("glory", "Glory", ["War"]), ("airplane", "Airplane!", ["Comedy"]),
    ("clue", "Clue", ["Comedy"]),
  ]

  let folder: TemporaryDirectory
  let registry: ModelRegistry
  let parts: ExplanationParts
  let server: Server
  let features: Server
  let client: ExplanationClient
  let log = LogStream()

  init() throws {
    folder = try TemporaryDirectory("explanation")
    registry = ModelRegistry(root: folder.url.path)
    features = try Server(services: [Self.catalogueStream()])
    try features.start()
    var configuration = ExplanationConfiguration()
    configuration.registryPath = folder.url.path
    configuration.refreshInterval = .milliseconds(20)
    configuration.featuresTarget = "127.0.0.1:\(features.port)"
    let log = log
    parts = try ExplanationParts(
      configuration: configuration, computePool: ComputePool(threads: 2, queueLimit: 64),
      logger: Logger(label: "test") { _ in log })
    server = try Server(services: parts.services)
    try server.start()
    client = ExplanationClient(channel: try Channel(target: "127.0.0.1:\(server.port)"))
  }

  /// Runs a test's body against a service that has started and has the catalogue.
  static func run(
    models: Bool = true, _ body: (ExplanationServiceFixture) async throws -> Void
  ) async throws {
    let fixture = try ExplanationServiceFixture()
    if models { try fixture.publish() }
    try await fixture.parts.start()
    await fixture.log.wait(for: "catalogue is up to date")
    do {
      try await body(fixture)
    } catch {
      await fixture.end()
      throw error
    }
    await fixture.end()
  }

  private func end() async {
    await parts.stop()
    await onThread { [server, features] in
      server.shutdown(grace: .seconds(1))
      features.shutdown(grace: .zero)
    }
  }

  private static func catalogueStream() -> ServiceDefinition {
    var service = ServiceDefinition(FeatureMethods.service)
    service.serverStreaming(FeatureMethods.watchItems) { _, _, writer in
      var message = Recsys_Features_V1_WatchItemsResponse()
      message.upserted = films.map {
        Item(externalID: $0.0, title: $0.1, categories: $0.2).proto
      }
      message.sequence = 7
      message.caughtUp = true
      try await writer.write(message)
      for await _ in AsyncStream<Never>.makeStream().stream {}
    }
    return service
  }

  static func item(_ id: String) -> ItemID { ItemID(external: id) }

  /// Publishes both models under "production".
  ///
  /// - Returns: the version of the collaborative one.
  @discardableResult
  func publish() throws -> String {
    let rows = Self.films.map { (id: Self.item($0.0), isWar: $0.2 == ["War"]) }
      .sorted { $0.id < $1.id }
    var configuration = ALSConfiguration()
    configuration.factors = 2
    let values = rows.flatMap { $0.isWar ? [1, 0.1] as [Float] : [0.1, 1] }
    var gram = [Float](repeating: 0, count: 4)
    for row in 0..<rows.count {
      for cell in 0..<4 { gram[cell] += values[row * 2 + cell / 2] * values[row * 2 + cell % 2] }
    }
    let model = try ALSModel(
      items: ItemRows(sorted: rows.map(\.id)),
      itemFactors: #require(Matrix(rows: rows.count, columns: 2, values: values)),
      gram: #require(Matrix(rows: 2, columns: 2, values: gram)), configuration: configuration)
    let version = try model.publish(to: registry).version
    try registry.setLabel(kind: "als", label: "production", version: version)
    let items = Self.films.map { Self.item($0.0) }
    let trending = try TrendingModel.fit(
      items: items, weights: [1, 2, 3, 4, 5, 6], timesMilliseconds: items.map { _ in 0 },
      halfLife: .seconds(60), at: 0
    ).publish(to: registry).version
    try registry.setLabel(kind: "trending", label: "production", version: trending)
    let catalogue = try registry.publish(
      kind: CatalogueFile.bundleKind,
      description: BundleDescription(name: "films", parameters: ["domain": "films"])
    ) { try CatalogueFile.write([], to: $0.appendingPathComponent(CatalogueFile.name)) }.version
    try registry.setLabel(kind: "catalogue", label: "production", version: catalogue)
    return version
  }

  /// Publishes a text space of the films under "production".
  ///
  /// - Returns: its version.
  func publishSpace() throws -> String {
    let films = Self.films.map { Item(externalID: $0.0, title: $0.1, categories: $0.2) }
    // A word of more than half of the texts tells nothing: others keep the wars from being that.
    let others = (0..<6).map { Item(externalID: "other-\($0)", title: "", categories: ["Drama"]) }
    let space = try #require(TextSpace.fit(films + others, dimensions: 3))
    let version = try space.publish(to: registry).version
    try registry.setLabel(kind: TextSpace.kind, label: "production", version: version)
    return version
  }

  /// A user who liked Alien and The Matrix, and saw Airplane!.
  static func request(
    _ items: [(String, [String])], locale: String = ""
  ) -> Recsys_Explanation_V1_ExplainRequest {
    var request = Recsys_Explanation_V1_ExplainRequest()
    request.history =
      History(
        items: [item("alien"), item("matrix"), item("airplane")], weights: [1, 1, 0.5],
        timesMilliseconds: [3, 2, 1]
      ).proto
    request.items = items.map { id, sources in
      var entry = Recsys_Explanation_V1_SlateItem()
      entry.itemKey = item(id).rawValue
      entry.sources = sources
      entry.sourceRanks = sources.map { _ in 1 }
      return entry
    }
    request.locale = locale
    return request
  }
}

/// Log messages as events that a test can wait for.
struct LogStream: LogHandler {
  let messages: AsyncStream<String>
  private let continuation: AsyncStream<String>.Continuation
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  init() { (messages, continuation) = AsyncStream.makeStream() }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { continuation.yield(event.message.description) }

  /// Waits until a message comes.
  func wait(for message: String) async {
    for await found in messages where found == message { return }
  }
}
