/// The client's side of TLS, from PEM files.
public struct ClientTLS: Sendable, Hashable {
  /// The file with the roots to trust; nil: the system's.
  public var rootsFile: String?
  /// The file with this client's certificate chain, for mTLS.
  public var certificateChainFile: String?
  /// The file with this client's private key, for mTLS.
  public var privateKeyFile: String?
  /// The name to expect in the server's certificate; nil: the target's.
  public var serverName: String?

  /// Names the files.
  public init(
    rootsFile: String? = nil, certificateChainFile: String? = nil, privateKeyFile: String? = nil,
    serverName: String? = nil
  ) {
    self.rootsFile = rootsFile
    self.certificateChainFile = certificateChainFile
    self.privateKeyFile = privateKeyFile
    self.serverName = serverName
  }
}

/// How calls spread over a target's addresses.
public enum LoadBalancing: String, Sendable, Hashable {
  /// Each call goes to the next address that is connected.
  case roundRobin = "round_robin"
  /// All calls go to the first address that connects.
  case pickFirst = "pick_first"
}

/// When the transport itself repeats a call that failed with UNAVAILABLE.
///
/// A token bucket throttles it (gRFC A6): each failure takes one token, each success gives
/// `tokensPerSuccess` back, and below half of `maxTokens` nothing is retried, so that retries never
/// multiply the load of a service that is down.
public struct RetryPolicy: Sendable, Hashable {
  /// Attempts in all, the first one included (2 to 5).
  public var maxAttempts = 3
  /// The wait before the first retry, on average; jittered.
  public var initialBackoff: Duration = .milliseconds(10)
  /// The longest wait.
  public var maxBackoff: Duration = .milliseconds(200)
  /// How much longer each wait is than the one before.
  public var backoffMultiplier = 2.0
  /// The size of the bucket (1 to 1000).
  public var maxTokens = 100
  /// What a success gives back.
  public var tokensPerSuccess = 0.1

  /// Makes the default policy.
  public init() {}
}

/// How a channel connects and what it allows.
public struct ChannelConfiguration: Sendable {
  /// How calls spread over a target's addresses.
  public var loadBalancing: LoadBalancing = .roundRobin
  /// How a target that lists several addresses, `host:port,host:port`, is used; nil: gRPC's own balancing alone.
  public var replicas: ReplicaPolicy? = ReplicaPolicy()
  /// Retries on UNAVAILABLE; nil: none.
  public var retry: RetryPolicy? = RetryPolicy()
  /// The largest response; a larger one fails with RESOURCE_EXHAUSTED.
  public var maxReceiveBytes = 64 << 20
  /// The largest request.
  public var maxSendBytes = 64 << 20
  /// A connection with calls that is silent for so long is probed; nil: never.
  public var keepaliveTime: Duration? = .seconds(30)
  /// A probed connection that does not answer within this is closed.
  public var keepaliveTimeout: Duration = .seconds(10)
  /// The wait after a first failed connection. Short, because a restarted service must be found soon.
  public var connectBackoff: Duration = .milliseconds(100)
  /// The longest wait between attempts to connect.
  public var maxConnectBackoff: Duration = .seconds(1)
  /// TLS; nil: plain text.
  public var tls: ClientTLS?
  /// What the client calls itself before gRPC's own name; nil: nothing.
  public var userAgent: String?

  /// Makes a configuration of defaults.
  public init() {}

  /// The service config (JSON) that tells gRPC about balancing and retries.
  var serviceConfig: String {
    var parts = ["\"loadBalancingConfig\":[{\"\(loadBalancing.rawValue)\":{}}]"]
    if let retry {
      parts.append(
        """
        "methodConfig":[{"name":[{}],"retryPolicy":{"maxAttempts":\(retry.maxAttempts),\
        "initialBackoff":"\(retry.initialBackoff.jsonSeconds)",\
        "maxBackoff":"\(retry.maxBackoff.jsonSeconds)",\
        "backoffMultiplier":\(retry.backoffMultiplier),\
        "retryableStatusCodes":["UNAVAILABLE"]}}],\
        "retryThrottling":{"maxTokens":\(retry.maxTokens),"tokenRatio":\(retry.tokensPerSuccess)}
        """)
    }
    return "{\(parts.joined(separator: ","))}"
  }
}

extension Duration {
  /// As protobuf's JSON writes a duration: `0.010000000s`.
  fileprivate var jsonSeconds: String {
    let (seconds, attoseconds) = components
    let nanoseconds = String(attoseconds / 1_000_000_000)
    let padding = String(repeating: "0", count: max(0, 9 - nanoseconds.count))
    return "\(seconds).\(padding)\(nanoseconds)s"
  }
}
