/// What a caller may say about one call.
public struct CallOptions: Sendable {
  /// The longest the call may take. Within a handler, what is left of the inbound deadline bounds
  /// it further. Nil: only the inbound deadline counts.
  public var timeout: Duration?
  /// The headers to send.
  public var metadata: Metadata
  /// Whether to wait for a connection instead of failing fast with UNAVAILABLE.
  public var waitForReady: Bool

  /// Makes options.
  public init(timeout: Duration? = nil, metadata: Metadata = [:], waitForReady: Bool = false) {
    self.timeout = timeout
    self.metadata = metadata
    self.waitForReady = waitForReady
  }
}
