internal import CGRPC

/// What a handler may know and say about the call that it serves.
public struct ServerContext: Sendable {
  let call: ServerCall

  /// The context of the call that the current task serves. A `Channel` reads it by itself: an
  /// outbound call takes no longer than what is left here.
  @TaskLocal public static var current: ServerContext?

  /// The path of the method: `/package.Service/Method`.
  public var path: String { call.path }
  /// The headers that the client sent.
  public var metadata: Metadata { call.metadata }
  /// When the client gives up; nil: never.
  public var deadline: ContinuousClock.Instant? { call.deadline }
  /// What is left until the deadline, never negative; nil without one.
  public var timeRemaining: Duration? {
    deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
  }
  /// Whether the client cancelled, vanished, or ran out of time. The handler's task is cancelled
  /// with it.
  public var isCancelled: Bool { call.isCancelled }

  /// The peer's address, such as `ipv4:127.0.0.1:51234`.
  public var peer: String {
    let text = cgrpc_server_call_copy_peer(call.pointer)
    defer { cgrpc_string_free(text) }
    return String(cString: text)
  }

  /// The names that the client's certificate proves (mTLS); empty without one.
  public var peerIdentity: [String] {
    guard let text = cgrpc_server_call_copy_peer_identity(call.pointer) else { return [] }
    defer { cgrpc_string_free(text) }
    return String(cString: text).split(separator: "\n").map(String.init)
  }

  /// Adds headers to the reply; without effect once it has begun.
  public func setInitialMetadata(_ metadata: Metadata) throws {
    try Self.check(metadata)
    call.addInitial(metadata)
  }

  /// Adds trailers to the reply; without effect once it has ended.
  public func setTrailingMetadata(_ metadata: Metadata) throws {
    try Self.check(metadata)
    call.addTrailing(metadata)
  }

  private static func check(_ metadata: Metadata) throws(RPCError) {
    if let key = metadata.firstIllegalKey {
      throw RPCError(.internalError, "The metadata key or value of \"\(key)\" is not legal.")
    }
  }
}
