/// The server's side of TLS, from PEM files.
public struct ServerTLS: Sendable, Hashable {
  /// The file with the server's certificate and those between it and the root.
  public var certificateChainFile: String
  /// The file with the server's private key.
  public var privateKeyFile: String
  /// The file with the roots that clients' certificates must descend from. With it every client must
  /// show a certificate (mTLS); without it none is asked.
  public var clientRootsFile: String?

  /// Names the files.
  public init(certificateChainFile: String, privateKeyFile: String, clientRootsFile: String? = nil)
  {
    self.certificateChainFile = certificateChainFile
    self.privateKeyFile = privateKeyFile
    self.clientRootsFile = clientRootsFile
  }
}

/// How a server listens and what it allows.
public struct ServerConfiguration: Sendable {
  /// The address to listen on.
  public var host = "127.0.0.1"
  /// The port; 0 takes any free one (`Server.port` tells which).
  public var port = 0
  /// Completion queues, one thread each. One for two cores was best in every measurement: handlers
  /// are short, and long work goes to a `ComputePool`.
  public var completionQueues = 1
  /// The largest request; a larger one is refused with RESOURCE_EXHAUSTED.
  public var maxReceiveBytes = 16 << 20
  /// The largest response.
  public var maxSendBytes = 64 << 20
  /// A connection that is silent for so long is probed.
  public var keepaliveTime: Duration = .seconds(30)
  /// A probed connection that does not answer within this is closed, and its calls cancelled.
  public var keepaliveTimeout: Duration = .seconds(10)
  /// A client that probes more often than this is told to go away.
  public var minimumPingInterval: Duration = .seconds(5)
  /// A connection without calls is closed after this; nil: never.
  public var maxConnectionIdle: Duration?
  /// A connection is closed gracefully after this, so that clients find new replicas; nil: never.
  public var maxConnectionAge: Duration?
  /// Calls at a time on one connection; nil: no limit.
  public var maxConcurrentStreams: Int?
  /// TLS; nil: plain text.
  public var tls: ServerTLS?
  /// Whether another process may bind the same port (SO_REUSEPORT). Off: a second server on a port
  /// is a mistake that must show.
  public var allowPortReuse = false
  /// A serialized `FileDescriptorSet` for reflection; nil: reflection lists names only.
  public var reflectionDescriptors: [UInt8]?

  /// Makes a configuration of defaults.
  public init() {}

  /// Makes a configuration for an address.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}
