import RPC
import RecommendationProtos
import ServiceContracts
import Testing

@testable import GatewayService

@Suite struct OperatorTests {
  typealias Call = @Sendable (GatewayFixture, CallOptions) async throws -> Void

  /// Every call that is for operators.
  static let calls: [(name: String, call: Call)] = [
    ("WhyItem", { _ = try await $0.client.whyItem(.init(), options: $1) }),
    (
      "Replay",
      { _ = try await $0.operators("").channel.call(OperatorMethods.replay, .init(), options: $1) }
    ),
    (
      "GetRules",
      {
        _ = try await $0.operators("").channel.call(OperatorMethods.getRules, .init(), options: $1)
      }
    ),
    (
      "SetRules",
      {
        _ = try await $0.operators("").channel.call(OperatorMethods.setRules, .init(), options: $1)
      }
    ),
  ]

  @Test("without the token nobody gets in")
  func refusals() async throws {
    try await GatewayFixture.run {
      $0.operatorToken = "a secret word"
    } _: { suite in
      for (name, call) in Self.calls {
        let headers = [
          nil, "", "a secret word", "Bearer", "Bearer ", "Bearer a secret wore",
          "Bearer a secret", "Bearer a secret worda secret word", "Basic a secret word",
        ]
        for header in headers {
          var options = CallOptions(timeout: GatewayFixture.patience)
          if let header { options.metadata["authorization"] = header }
          let error = await rpcError { try await call(suite, options) }
          #expect(error?.code == .unauthenticated, "\(name) with \(header ?? "nothing")")
        }
        var options = CallOptions(timeout: GatewayFixture.patience)
        options.metadata["authorization"] = "bearer a secret word"
        var error: RPCError?
        do { try await call(suite, options) } catch let thrown as RPCError { error = thrown }
        #expect(
          error?.code != .unauthenticated, "\(name) with the token: \(String(describing: error))")
        #expect(error?.code != .failedPrecondition)
      }
    }
  }

  @Test("a gateway without a token says which key it lacks")
  func off() async throws {
    try await GatewayFixture.run { suite in
      for (name, call) in Self.calls {
        for header in [nil, "Bearer ", "Bearer x"] {
          var options = CallOptions(timeout: GatewayFixture.patience)
          if let header { options.metadata["authorization"] = header }
          let error = await rpcError { try await call(suite, options) }
          #expect(error?.code == .failedPrecondition, "\(name)")
          #expect(error?.message.contains("operator.token") == true)
        }
      }
    }
  }
}
