/// An outbound call before it leaves.
public struct OutboundCall: Sendable {
  /// The channel's target.
  public let target: String
  /// The path of the method: `/package.Service/Method`.
  public let path: String
  /// What the caller asked; an interceptor may add to it.
  public var options: CallOptions
}

/// Work around every call that a channel makes: credentials, tracing headers, metrics, breakers.
public protocol ClientInterceptor: Sendable {
  /// May change the call's options, or throw to refuse the call before it leaves.
  func willStart(_ call: inout OutboundCall) async throws
  /// Learns how a call that left has ended; nil is success. Called once a call.
  func didEnd(_ call: OutboundCall, error: RPCError?, elapsed: Duration)
}

extension ClientInterceptor {
  /// Changes nothing.
  public func willStart(_ call: inout OutboundCall) async throws {}
  /// Does nothing.
  public func didEnd(_ call: OutboundCall, error: RPCError?, elapsed: Duration) {}
}
