import RecommendationCore
import ServiceContracts
import ServiceRuntime

/// The policies that requests may name.
struct Policies: Sendable {
  /// The name of the policy that serves where a request names none.
  static let defaultName = "default"

  /// By name; the default one among them.
  private(set) var byName: [String: Policy]

  /// Only the default one.
  init(standard: Policy = Policy()) { byName = [Self.defaultName: standard] }

  /// Reads them; ``GatewayConfiguration/init(settings:)`` lists the keys.
  init(settings: SettingsReader) throws {
    var standard = try Policy(settings: settings)
    try standard.readShared(settings)
    self.init(standard: standard)
    for name in try settings.strings("policies.names", default: []) {
      guard byName[name] == nil, !name.isEmpty, name.utf8.count <= Limits.nameBytes,
        name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
      else {
        throw ConfigurationError(
          key: "policies.names",
          "must be names of letters, digits, - and _, each once and none \"\(Self.defaultName)\"")
      }
      byName[name] = try Policy(settings: settings.section("policies.\(name)"), base: standard)
    }
  }

  /// The one that serves where a request names none.
  var standard: Policy {
    get { byName[Self.defaultName] ?? Policy() }
    set { byName[Self.defaultName] = newValue }
  }

  /// Adds a policy, or replaces the one of that name.
  mutating func add(_ name: String, _ policy: Policy) { byName[name] = policy }

  /// A short name of exactly these policies.
  var version: String {
    var hash = StableHash()
    for (name, policy) in byName.sorted(by: { $0.key < $1.key }) {
      hash.combine(name)
      hash.combine(policy.version)
    }
    return String(hash.finalized(), radix: 16)
  }

  /// All names, for messages.
  var names: String { byName.keys.sorted().joined(separator: ", ") }
}
