import Foundation
import ServiceRuntime
import Testing

@testable import GatewayService

@Suite struct ConfigurationTests {
  @Test("the file that ships says what the defaults are")
  func shippedFile() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Deploy/config/gateway.yaml").standardized.path
    let settings = try SettingsReader(path: path, environment: [:])
    _ = try ServiceSettings(name: "gateway", defaultPort: 7070, reader: settings)
    let configuration = try GatewayConfiguration(settings: settings)
    try settings.finish()
    let standard = try GatewayConfiguration(settings: SettingsReader(environment: [:]))
    #expect(configuration.policy.version == standard.policy.version)
    #expect(configuration.candidatesTarget == standard.candidatesTarget)
    #expect(standard.policy.version == Policy().version)
  }

  @Test("sources are listed by name, and each has its own keys")
  func sources() throws {
    let settings = try SettingsReader(
      yaml: """
        policy: {sources: [als, fresh]}
        sources:
          fresh: {quota: 7, reserved: 3, weight: 2.5, budget_ms: 9, target: "other:1"}
        """, environment: ["RECSYS_SOURCES_ALS_QUOTA": "123"])
    let policy = try GatewayConfiguration(settings: settings).policy
    try settings.finish()
    #expect(policy.sources.map(\.name) == ["als", "fresh"])
    #expect(policy.sources.map(\.quota) == [123, 7])
    #expect(
      policy.sources.last
        == Policy.Source(
          name: "fresh", quota: 7, reserved: 3, weight: 2.5, budget: .milliseconds(9),
          target: "other:1"))
  }

  @Test(
    "what makes no sense is refused by its key",
    arguments: [
      ("policy: {sources: []}", "policy.sources"),
      ("policy: {sources: [als, als]}", "policy.sources"),
      ("deadline: {default_ms: 9000, maximum_ms: 100}", "deadline.default_ms"),
      ("diversity: {strength: 1.5}", "diversity.strength"),
      ("backends: {tls: {key: a.pem}}", "backends.tls"),
      (
        "backends: {connect_backoff_ms: 900, max_connect_backoff_ms: 100}",
        "backends.max_connect_backoff_ms"
      ),
    ])
  func refusals(yaml: String, key: String) throws {
    let settings = try SettingsReader(yaml: yaml, environment: [:])
    let error = #expect(throws: ConfigurationError.self) {
      try GatewayConfiguration(settings: settings)
    }
    #expect(error?.key == key)
  }

  @Test("another rule, another policy version")
  func policyVersion() {
    var policy = Policy()
    let version = policy.version
    #expect(Policy().version == version)
    policy.sources[0].quota += 1
    #expect(policy.version != version)
  }
}
