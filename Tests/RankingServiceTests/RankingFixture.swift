import Artifacts
import Foundation
import Logging
import RPC
import Rankers
import RankingService
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import TestSupport

/// A Ranking service over a registry of its own, and a client to it.
final class RankingFixture: Sendable {
  static let specification = RankerSpecification(
    userFeatures: FeatureSet([FeatureReference(view: "user", name: "count")]),
    itemFeatures: FeatureSet([
      FeatureReference(view: "item", name: "age"), FeatureReference(view: "item", name: "likes"),
    ]),
    retrievalFeatures: ["als.score"], contextFeatures: ["hour_of_day"])

  let folder: TemporaryDirectory
  let registry: ModelRegistry
  let log = LogStream()
  let parts: RankingParts
  let server: Server
  let client: RankingClient

  init() throws {
    folder = try TemporaryDirectory("ranking")
    registry = ModelRegistry(root: folder.url.path)
    var configuration = RankingConfiguration()
    configuration.registryPath = folder.url.path
    configuration.refreshInterval = .milliseconds(20)
    let log = log
    parts = RankingParts(
      configuration: configuration, computePool: ComputePool(threads: 2, queueLimit: 64),
      logger: Logger(label: "test") { _ in log })
    server = try Server(services: parts.services)
    try server.start()
    client = RankingClient(channel: try Channel(target: "127.0.0.1:\(server.port)"))
  }

  /// Runs a test's body against the started service.
  static func run(_ body: (RankingFixture) async throws -> Void) async throws {
    let fixture = try RankingFixture()
    do {
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

  /// Publishes a linear ranker: `weight` times the second item feature plus the user's one.
  @discardableResult
  func publish(
    weight: Float, specification: RankerSpecification = specification, label: String? = nil
  ) throws -> String {
    let ranker = try LinearRanker(
      terms: [
        "item.likes": LinearRanker.Term(weight: weight), "user.count": LinearRanker.Term(weight: 1),
      ], specification: specification)
    let version = try RankerFiles.publish(
      ranker, in: registry, description: BundleDescription(name: "linear", metrics: ["ndcg": 0.5])
    ).version
    if let label { try registry.setLabel(kind: "ranker", label: label, version: version) }
    return version
  }

  /// Publishes a bundle whose checksums are right and whose model is nonsense.
  func publishBroken() throws -> String {
    try registry.publish(kind: "ranker", description: BundleDescription(name: "broken")) { folder in
      try Data("{}".utf8).write(to: folder.appendingPathComponent("ranker.json"))
    }.version
  }

  /// Three rows: likes 10, 20, 30; user count 5.
  static func input() -> Recsys_Ranking_V1_ScoringInput {
    var input = Recsys_Ranking_V1_ScoringInput()
    input.fingerprint = specification.fingerprint
    input.itemKeys = [7, 8, 9]
    input.userFeatures = matrix(1, 1, [5])
    input.itemFeatures = matrix(3, 2, [1, 10, 2, 20, .nan, 30])
    input.retrievalFeatures = matrix(3, 1, [0.1, .nan, 0.3])
    input.contextFeatures = matrix(1, 1, [12])
    return input
  }

  static func matrix(_ rows: Int, _ columns: Int, _ values: [Float]) -> Recsys_Common_V1_Matrix {
    FeatureMatrix(rows: rows, columns: columns, values: values)?.proto()
      ?? Recsys_Common_V1_Matrix()
  }

  func rank(
    _ input: Recsys_Ranking_V1_ScoringInput = input()
  ) async throws -> Recsys_Ranking_V1_RankResponse {
    var request = Recsys_Ranking_V1_RankRequest()
    request.input = input
    return try await client.rank(request)
  }

  @discardableResult
  func setLabel(_ label: String, _ version: String) async throws -> String {
    var request = Recsys_Ranking_V1_SetLabelRequest()
    request.label = label
    request.version = version
    return try await client.setLabel(request).previousVersion
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
