public import Logging
public import RPC

/// What every service can be told.
public struct ServiceSettings: Sendable {
  /// Name of the service, e.g. "gateway".
  public var name: String
  /// How it listens; see ``init(name:defaultPort:reader:)`` for the keys.
  public var server: ServerConfiguration
  /// Host of the side port.
  public var sideHost: String
  /// Side port: metrics, liveness and readiness over HTTP. 0: any free one.
  public var sidePort: Int
  /// Lowest level that is logged.
  public var logLevel: Logger.Level
  /// Whether logs are for people rather than for machines.
  public var logForPeople: Bool
  /// Threads of the pool for long work.
  public var computeThreads: Int
  /// How many pieces of work may wait for that pool.
  public var computeQueueLimit: Int
  /// How long calls in flight may go on after SIGTERM.
  public var drainGrace: Duration

  /// Reads the settings. Keys, types and defaults:
  ///
  /// - `server.host` (text, 127.0.0.1), `server.port` (0...65535; 0 takes a free one)
  /// - `server.completion_queues` (1...64, 1): threads that serve calls; one per two cores is right
  /// - `server.max_message_bytes` (1024...2^30, 16 MiB), `server.reflection` (true)
  /// - `server.allow_port_reuse` (false)
  /// - `server.tls.certificate`, `server.tls.key`, `server.tls.client_authority` (files; empty: no TLS)
  /// - `side.host` (127.0.0.1), `side.port` (0...65535; default `server.port` + 1000; -1: off)
  /// - `log.level` (trace, debug, info, notice, warning, error, critical), `log.format` (json, text)
  /// - `compute.threads` (1...256, 2), `compute.queue_limit` (1...100000, 256)
  /// - `shutdown.grace_ms` (0...600000, 10000)
  public init(name: String, defaultPort: Int, reader: SettingsReader) throws {
    self.name = name
    var server = ServerConfiguration()
    server.host = try reader.string("server.host", default: "127.0.0.1")
    server.port = try reader.int("server.port", default: defaultPort, in: 0...65535)
    server.completionQueues = try reader.int("server.completion_queues", default: 1, in: 1...64)
    let bytes = try reader.int(
      "server.max_message_bytes", default: 16 << 20, in: 1024...(1 << 30))
    server.maxReceiveBytes = bytes
    server.maxSendBytes = bytes
    server.allowPortReuse = try reader.bool("server.allow_port_reuse", default: false)
    server.tls = try Self.tls(reader)
    reflection = try reader.bool("server.reflection", default: true)
    sideHost = try reader.string("side.host", default: "127.0.0.1")
    sidePort = try reader.int(
      "side.port", default: server.port == 0 ? 0 : min(server.port + 1000, 65535), in: -1...65535)
    let levels = Logger.Level.allCases.map(\.rawValue)
    logLevel =
      Logger.Level(rawValue: try reader.choice("log.level", default: "info", of: levels)) ?? .info
    logForPeople =
      try reader.choice("log.format", default: "json", of: ["json", "text"]) == "text"
    computeThreads = try reader.int("compute.threads", default: 2, in: 1...256)
    computeQueueLimit = try reader.int("compute.queue_limit", default: 256, in: 1...100_000)
    drainGrace = try reader.milliseconds("shutdown.grace_ms", default: 10_000, in: 0...600_000)
    self.server = server
  }

  /// Whether the server answers reflection calls.
  public var reflection: Bool

  private static func tls(_ reader: SettingsReader) throws -> ServerTLS? {
    let certificate = try reader.string("server.tls.certificate", default: "")
    let key = try reader.string("server.tls.key", default: "")
    let authority = try reader.string("server.tls.client_authority", default: "")
    if certificate.isEmpty && key.isEmpty && authority.isEmpty { return nil }
    guard !certificate.isEmpty, !key.isEmpty else {
      throw ConfigurationError(
        key: "server.tls", "certificate and key must both be given")
    }
    return ServerTLS(
      certificateChainFile: certificate, privateKeyFile: key,
      clientRootsFile: authority.isEmpty ? nil : authority)
  }
}
