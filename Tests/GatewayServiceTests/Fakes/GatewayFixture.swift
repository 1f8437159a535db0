import Catalogue
import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Testing

@testable import GatewayService

/// A gateway and what stands behind it, all over real RPC on free ports.
final class GatewayFixture: Sendable {
  let candidates = FakeCandidates()
  let features = FakeFeatures()
  let ranking = FakeRanking()
  let explanation = FakeExplanation()
  let catalogue = LiveCatalogue()
  let configuration: GatewayConfiguration
  let service: RecommendationService
  let client: GatewayClient
  private let gateway: FakeService

  /// Starts everything, runs the body, and ends everything.
  static func run(
    configure: (inout GatewayConfiguration) -> Void = { _ in },
    _ body: (GatewayFixture) async throws -> Void
  ) async throws {
    let suite = try GatewayFixture(configure)
    _ = try await suite.service.descriptions.refresh(timeout: patience)
    try await suite.service.popular.refresh(timeout: patience)
    // Connects all channels, so that no test's budget pays for that.
    while try await !suite.recommend().degraded.isEmpty {}
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(suite))
    } catch {
      result = .failure(error)
    }
    await suite.stop()
    try result.get()
  }

  private init(_ configure: (inout GatewayConfiguration) -> Void) throws {
    try candidates.start()
    try features.start()
    try ranking.start()
    try explanation.start()
    try catalogue.replace(with: World.items, sequence: 7)
    var configuration = Self.configuration(
      candidates: candidates.service.target, features: features.service.target,
      ranking: ranking.service.target, explanation: explanation.service.target)
    configure(&configuration)
    self.configuration = configuration
    service = try RecommendationService(
      configuration: configuration, catalogue: catalogue, logger: Self.logger)
    gateway = FakeService()
    try gateway.start(service.definitions)
    client = GatewayClient(channel: try Channel(target: gateway.target))
  }

  /// What nothing is waited for so long, however busy the machine is: nothing but what a test holds back is late.
  static let patience: Duration = .seconds(120)

  /// A configuration in which time plays no part.
  private static func configuration(
    candidates: String, features: String, ranking: String, explanation: String
  ) -> GatewayConfiguration {
    var configuration = GatewayConfiguration()
    configuration.candidatesTarget = candidates
    configuration.featuresTarget = features
    configuration.rankingTarget = ranking
    configuration.explanationTarget = explanation
    configuration.policy.sources = [
      Policy.Source(name: "als", quota: 400, reserved: 300),
      Policy.Source(name: "trending", quota: 150, reserved: 50, weight: 0.5),
    ]
    configuration.policy.diversity.strength = 0
    // Tests watch what a request does: slates are made anew unless a test is about remembering them.
    configuration.cache.bytes = 0
    configuration.policy.defaultDeadline = patience
    configuration.policy.maximumDeadline = patience * 2
    configuration.policy.budgets = Policy.Budgets(
      user: patience, candidates: patience, features: patience, ranking: patience,
      explanation: patience)
    for index in configuration.policy.sources.indices {
      configuration.policy.sources[index].budget = patience
    }
    configuration.load.target = patience
    configuration.shadow.timeout = patience
    configuration.batch.deadline = patience
    configuration.catalogueWait = patience
    configuration.startWait = patience
    return configuration
  }

  static var logger: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

  private func stop() async {
    await gateway.stop()
    for fake in [candidates.service, features.service, ranking.service, explanation.service] {
      await fake.stop()
    }
  }

  /// Calls with an operator's token.
  func operators(_ token: String) -> OperatorClient {
    OperatorClient(channel: client.channel, token: token)
  }

  /// A slate for "ann", or as the request says.
  func recommend(
    timeout: Duration? = nil,
    _ change: (inout Recsys_Gateway_V1_RecommendRequest) -> Void = { _ in }
  ) async throws -> Recsys_Gateway_V1_RecommendResponse {
    var request = Recsys_Gateway_V1_RecommendRequest()
    request.subject.userID = "ann"
    request.count = 10
    change(&request)
    let timeout = timeout ?? min(Self.patience, configuration.policy.maximumDeadline)
    return try await client.recommend(request, options: CallOptions(timeout: timeout))
  }
}

extension Recsys_Gateway_V1_RecommendResponse {
  var ids: [String] { items.map(\.itemID) }
  var degradedComponents: [String] { degraded.map(\.component) }
}

/// The RPC error that a body ends with.
func rpcError(_ body: () async throws -> some Any) async -> RPCError? {
  do {
    _ = try await body()
    Issue.record("no error came")
    return nil
  } catch {
    return error as? RPCError
  }
}
