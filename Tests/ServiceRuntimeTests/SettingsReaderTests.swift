import RPC
import ServiceRuntime
import Testing

@Suite struct SettingsReaderTests {
  private let yaml = """
    server:
      port: 7171   # a comment
      host: "0.0.0.0"
    policy:
      sources: [als, trending]
      strength: 0.3
      on: true
      empty:
    """

  @Test("values come from the file, then from the defaults")
  func readsTheFile() throws {
    let reader = try SettingsReader(yaml: yaml, environment: [:])
    #expect(try reader.int("server.port", default: 1) == 7171)
    #expect(try reader.string("server.host", default: "") == "0.0.0.0")
    #expect(try reader.strings("policy.sources", default: []) == ["als", "trending"])
    #expect(try reader.double("policy.strength", default: 0) == 0.3)
    #expect(try reader.bool("policy.on", default: false))
    #expect(try reader.string("policy.empty", default: "standard") == "standard")
    #expect(try reader.milliseconds("policy.budget_ms", default: 40) == .milliseconds(40))
    try reader.finish()
    #expect(reader.summary.contains("server.port: 7171"))
    #expect(reader.summary.contains("policy.budget_ms: 40  # default"))
  }

  @Test("the environment stands over the file")
  func environmentOverrides() throws {
    let reader = try SettingsReader(
      yaml: yaml,
      environment: [
        "RECSYS_SERVER_PORT": "9", "RECSYS_POLICY_SOURCES": "als, content", "PORT": "1",
      ])
    #expect(try reader.int("server.port", default: 1) == 9)
    #expect(try reader.strings("policy.sources", default: []) == ["als", "content"])
  }

  @Test(
    "a value of the wrong kind or out of range is an error that names its key, never a default",
    arguments: [
      "server:\n  port: many", "server:\n  port: 70000", "server:\n  port: -1",
      "server:\n  port: [1, 2]", "server:\n  port: 1.5",
    ])
  func wrongValues(text: String) throws {
    let reader = try SettingsReader(yaml: text, environment: [:])
    let error = #expect(throws: ConfigurationError.self) {
      try reader.int("server.port", default: 7070, in: 0...65535)
    }
    #expect(error?.key == "server.port")
  }

  @Test("a key that nothing reads is an error")
  func misspeltKeys() throws {
    let reader = try SettingsReader(yaml: "server:\n  prot: 7070", environment: [:])
    #expect(try reader.int("server.port", default: 1) == 1)
    let error = #expect(throws: ConfigurationError.self) { try reader.finish() }
    #expect(error?.message.contains("server.prot") == true)
  }

  @Test(
    "a broken file is an error, not a crash",
    arguments: ["a: [", "- 1\n- 2", "a: &x 1\nb: *y", "just text", "\u{0}"])
  func brokenFiles(text: String) {
    #expect(throws: ConfigurationError.self) {
      _ = try SettingsReader(yaml: text, environment: [:])
    }
  }

  @Test("an empty file means all defaults")
  func emptyFile() throws {
    let reader = try SettingsReader(yaml: "# nothing but a comment\n", environment: [:])
    #expect(try reader.int("server.port", default: 5) == 5)
    try reader.finish()
  }

  @Test("the settings of a service are checked")
  func serviceSettings() throws {
    let settings = try ServiceSettings(
      name: "ranking", defaultPort: 7073, reader: SettingsReader(environment: [:]))
    #expect(settings.server.port == 7073)
    #expect(settings.sidePort == 8073)
    #expect(throws: ConfigurationError.self) {
      _ = try ServiceSettings(
        name: "x", defaultPort: 1,
        reader: SettingsReader(yaml: "server:\n  tls:\n    key: a.pem", environment: [:]))
    }
    #expect(throws: ConfigurationError.self) {
      _ = try ServiceSettings(
        name: "x", defaultPort: 1,
        reader: SettingsReader(yaml: "log:\n  level: loud", environment: [:]))
    }
  }
}
