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

  @Test("a named policy is as the default one but where it says otherwise")
  func namedPolicies() throws {
    let settings = try SettingsReader(
      yaml: """
        policy: {sources: [als, trending], count: 7}
        sources: {als: {quota: 33, on_failure: required}}
        policies:
          names: [fresh, wide]
          fresh:
            policy: {sources: [recent-release, als], blend: interleave}
            sources: {als: {enabled: false}}
            exploration: {share: 0.5, slots: [3, 9]}
            budgets: {ranking_ms: 9}
          wide: {diversity: {strength: 0.9}}
        """, environment: ["RECSYS_POLICIES_WIDE_POLICY_COUNT": "11"])
    let policies = try GatewayConfiguration(settings: settings).policies
    try settings.finish()
    #expect(policies.byName.keys.sorted() == ["default", "fresh", "wide"])
    let fresh = try #require(policies.byName["fresh"])
    #expect(fresh.sources.map(\.name) == ["recent-release", "als"])
    #expect(fresh.sources.map(\.quota) == [30, 33])
    #expect(fresh.sources.map(\.isEnabled) == [true, false])
    #expect(fresh.sources.map(\.isRequired) == [false, true])
    #expect(fresh.blend == .interleave)
    #expect(fresh.exploration == Policy.Exploration(share: 0.5, slots: [3, 9]))
    #expect(fresh.budgets.ranking == .milliseconds(9))
    #expect(fresh.defaultCount == 7)
    let wide = try #require(policies.byName["wide"])
    #expect(wide.diversity.strength == 0.9)
    #expect(wide.defaultCount == 11)
    #expect(wide.sources == policies.standard.sources)
    #expect(Set(policies.byName.values.map(\.version)).count == 3)
  }

  @Test(
    "what makes no sense is refused by its key",
    arguments: [
      ("policy: {sources: []}", "policy.sources"),
      ("policy: {sources: [als, als]}", "policy.sources"),
      ("policy: {blend: magic}", "policy.blend"),
      ("exploration: {slots: [3, 3]}", "exploration.slots"),
      ("exploration: {slots: [x]}", "exploration.slots"),
      ("policies: {names: [default]}", "policies.names"),
      ("policies: {names: [a, a]}", "policies.names"),
      ("policies: {names: [a], a: {policy: {sources: []}}}", "policies.a.policy.sources"),
      ("policies: {names: [a], a: {policy: {count: 0}}}", "policies.a.policy.count"),
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
