import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import ServiceRuntime
import SwiftProtobuf
import TestSupport
import Testing

@testable import GatewayService

@Suite struct GatewayPartsTests {
  /// Runs a gateway as a process would, and a client of it.
  static func run(
    _ configuration: GatewayConfiguration,
    _ body: (GatewayClient) async throws -> Void
  ) async throws {
    let parts = try GatewayParts(configuration: configuration, logger: GatewayFixture.logger)
    let server = FakeService()
    try server.start(try #require(parts.services.first))
    try await parts.start()
    let result: Result<Void, any Error>
    do {
      result = .success(
        try await body(GatewayClient(channel: try Channel(target: server.target))))
    } catch {
      result = .failure(error)
    }
    await server.stop()
    await parts.stop()
    try result.get()
  }

  static func request(_ user: String = "ann") -> Recsys_Gateway_V1_RecommendRequest {
    .with {
      $0.subject.userID = user
      $0.count = 10
    }
  }

  @Test("a gateway that has started has the catalogue, the ranker's wishes and its connections")
  func startedGateway() async throws {
    try await GatewayFixture.run { suite in
      try await Self.run(suite.configuration) { client in
        let response = try await client.recommend(Self.request())
        #expect(response.items.count == 10)
        #expect(response.degraded.isEmpty)
      }
    }
  }

  @Test("what changes in the catalogue shows in the slates")
  func liveCatalogue() async throws {
    try await GatewayFixture.run { suite in
      try await Self.run(suite.configuration) { client in
        let first = try await client.recommend(Self.request())
        let victim = try #require(first.ids.first)
        suite.features.changes.continuation.yield(
          .with {
            $0.deletedItemKeys = [ItemID(external: victim).rawValue]
            $0.sequence = 8
          })
        try await eventually {
          try await !client.recommend(Self.request()).ids.contains(victim)
        }
      }
    }
  }

  @Test("a gateway with nothing behind it starts, and answers")
  func nothingBehind() async throws {
    var configuration = GatewayConfiguration()
    let nowhere = FakeService()
    try nowhere.start(ServiceDefinition("none"))
    await nowhere.stop()
    configuration.candidatesTarget = nowhere.target
    configuration.featuresTarget = nowhere.target
    configuration.rankingTarget = nowhere.target
    configuration.explanationTarget = nowhere.target
    configuration.registryPath = ""
    configuration.catalogueWait = .milliseconds(10)
    configuration.policy.defaultDeadline = GatewayFixture.patience
    configuration.policy.maximumDeadline = GatewayFixture.patience * 2
    try await Self.run(configuration) { client in
      let response = try await client.recommend(Self.request())
      #expect(response.items.isEmpty)
      #expect(response.underfilled)
      #expect(response.degradedComponents.contains("candidates"))
    }
  }
}
