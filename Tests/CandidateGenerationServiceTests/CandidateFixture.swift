import Artifacts
import CandidateGenerationService
import Catalogue
import Foundation
import Logging
import Models
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import TestSupport

/// A Candidate generation service over a registry of its own, and a client to it.
///
/// Items "item-0" … "item-59": even ones are comedies and odd ones dramas, of the years 1960 to 2019. People
/// like one of the two.
final class CandidateFixture: Sendable {
  static let itemCount = 60

  let folder: TemporaryDirectory
  let registry: ModelRegistry
  let log = LogStream()
  let parts: CandidateParts
  let server: Server
  let client: CandidateClient

  init(featuresTarget: String = "", alsIndex: String = "auto") throws {
    folder = try TemporaryDirectory("candidates")
    registry = ModelRegistry(root: folder.url.path)
    var configuration = CandidatesConfiguration()
    configuration.registryPath = folder.url.path
    configuration.refreshInterval = .milliseconds(20)
    configuration.featuresTarget = featuresTarget
    configuration.alsIndex = alsIndex
    configuration.exactBelow = 10
    let log = log
    parts = try CandidateParts(
      configuration: configuration, computePool: ComputePool(threads: 2, queueLimit: 64),
      logger: Logger(label: "test") { _ in log })
    server = try Server(services: parts.services)
    try server.start()
    client = CandidateClient(channel: try Channel(target: "127.0.0.1:\(server.port)"))
  }

  /// Publishes, starts the service, and runs a test's body against it.
  static func run(
    featuresTarget: String = "", alsIndex: String = "auto",
    publishing: (CandidateFixture) throws -> Void = { try $0.publishAll() },
    _ body: (CandidateFixture) async throws -> Void
  ) async throws {
    let fixture = try CandidateFixture(featuresTarget: featuresTarget, alsIndex: alsIndex)
    do {
      try publishing(fixture)
      try await fixture.parts.start()
      try await body(fixture)
    } catch {
      await fixture.end()
      throw error
    }
    await fixture.end()
  }

  private func end() async {
    await onThread { [server] in server.shutdown(grace: .seconds(1)) }
    await parts.stop()
  }

  // MARK: What is published

  static func item(_ index: Int) -> Item {
    Item(
      externalID: "item-\(index)", title: "Item \(index)",
      categories: [index % 2 == 0 ? "comedy" : "drama"], year: Int32(1960 + index))
  }

  static func id(_ index: Int) -> ItemID { ItemID(external: "item-\(index)") }

  /// Places of items by key.
  static let indexOfKey = Dictionary(
    uniqueKeysWithValues: (0..<itemCount).map { (id($0).rawValue, $0) })

  static func history(_ indices: [Int]) -> History {
    History(
      items: indices.map { id($0) }, weights: indices.map { _ in 1 },
      timesMilliseconds: indices.map { Int64(10_000 - $0) })
  }

  func publishAll() throws {
    try publishCatalogue(0..<Self.itemCount)
    try publishALS(seed: 1, label: "production")
    try publishTrending()
  }

  func publishCatalogue(_ indices: Range<Int>) throws {
    let manifest = try registry.publish(
      kind: CatalogueFile.bundleKind, description: BundleDescription(name: "catalogue")
    ) { folder in
      try CatalogueFile.write(
        indices.map { Self.item($0) }, to: folder.appendingPathComponent(CatalogueFile.name))
    }
    try registry.setLabel(
      kind: CatalogueFile.bundleKind, label: "production", version: manifest.version)
  }

  @discardableResult
  func publishALS(seed: UInt64, label: String?) throws -> String {
    var generator = SeededGenerator(seed: 3)
    var columns = (users: [UserID](), items: [ItemID](), weights: [Float]())
    for user in 0..<120 {
      for index in 0..<Self.itemCount {
        let chance = user % 2 == index % 2 ? 0.5 : 0.02
        guard Double.random(in: 0..<1, using: &generator) < chance else { continue }
        columns.users.append(UserID(rawValue: UInt64(user + 1)))
        columns.items.append(Self.id(index))
        columns.weights.append(1)
      }
    }
    let interactions = try Interactions(
      users: columns.users, items: columns.items, weights: columns.weights)
    let model = try ALSModel.fit(
      interactions, configuration: ALSConfiguration(factors: 6, epochs: 5, seed: seed))
    let version = try model.publish(to: registry).version
    if let label { try registry.setLabel(kind: ALSModel.kind, label: label, version: version) }
    return version
  }

  /// A bundle whose checksums are right and whose model is nonsense.
  func publishBrokenALS() throws -> String {
    try registry.publish(kind: ALSModel.kind, description: BundleDescription(name: "broken")) {
      try Data("{}".utf8).write(to: $0.appendingPathComponent("model.safetensors"))
    }.version
  }

  /// Item 0 is liked most, item 59 least.
  func publishTrending() throws {
    let model = try TrendingModel.fit(
      items: (0..<Self.itemCount).map { Self.id($0) },
      weights: (0..<Self.itemCount).map { Float(100 - $0) },
      timesMilliseconds: [Int64](repeating: 0, count: Self.itemCount), halfLife: .seconds(3600),
      at: 0)
    let version = try model.publish(to: registry).version
    try registry.setLabel(kind: TrendingModel.kind, label: "production", version: version)
  }

  // MARK: What is asked

  static func request(
    _ sources: [String], quota: UInt32 = 10, history: [Int] = []
  ) -> Recsys_Candidates_V1_RetrieveRequest {
    var request = Recsys_Candidates_V1_RetrieveRequest()
    request.userKey = 7
    request.history = Self.history(history).proto
    request.sources = sources.map { name in
      var source = Recsys_Candidates_V1_SourceRequest()
      source.source = name
      source.quota = quota
      return source
    }
    return request
  }
}

extension Recsys_Candidates_V1_SourceResult {
  /// Places of the items that were found.
  var indices: [Int] { itemKeys.map { CandidateFixture.indexOfKey[$0] ?? -1 } }
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

  /// Waits until a message has come so many times.
  func wait(for message: String, times: Int = 1) async {
    var left = times
    for await found in messages where found == message {
      left -= 1
      if left == 0 { return }
    }
  }
}
