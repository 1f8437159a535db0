import RPC
import ServiceRuntime

/// How the gateway reaches the services behind it.
extension GatewayConfiguration {
  mutating func readChannel(_ settings: SettingsReader) throws {
    channel.connectBackoff = try settings.milliseconds(
      "backends.connect_backoff_ms", default: 100, in: 10...10_000)
    channel.maxConnectBackoff = try settings.milliseconds(
      "backends.max_connect_backoff_ms", default: 500, in: 10...60_000)
    guard channel.connectBackoff <= channel.maxConnectBackoff else {
      throw ConfigurationError(
        key: "backends.max_connect_backoff_ms", "must not be below backends.connect_backoff_ms")
    }
    let roots = try settings.string("backends.tls.roots", default: "")
    let certificate = try settings.string("backends.tls.certificate", default: "")
    let key = try settings.string("backends.tls.key", default: "")
    guard certificate.isEmpty == key.isEmpty else {
      throw ConfigurationError(
        key: "backends.tls", "certificate and key must be given together")
    }
    if !roots.isEmpty || !certificate.isEmpty {
      channel.tls = ClientTLS(
        rootsFile: roots.isEmpty ? nil : roots,
        certificateChainFile: certificate.isEmpty ? nil : certificate,
        privateKeyFile: key.isEmpty ? nil : key)
    }
  }

  /// Of backends that list several addresses.
  mutating func readReplicas(_ settings: SettingsReader) throws {
    let percentile = try settings.double(
      "replicas.hedge_percentile", default: 0.95, in: 0.5...0.999)
    let budget = try settings.double("replicas.hedge_budget", default: 0.05, in: 0...0.5)
    let leavesOut = try settings.bool("replicas.leave_out_outliers", default: true)
    var policy = ReplicaPolicy()
    policy.hedging?.percentile = percentile
    policy.hedging?.budget = budget
    if budget == 0 { policy.hedging = nil }
    if !leavesOut { policy.outliers = nil }
    channel.replicas = policy
  }
}
