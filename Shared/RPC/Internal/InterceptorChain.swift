import Synchronization

/// What a handler gives: the bytes of its reply, or nothing (a stream has sent its own).
enum Reply: Sendable {
  case message(MessageBytes)
  case none
}

/// Runs a handler within the server's interceptors, the first one outermost.
struct InterceptorChain: Sendable {
  let interceptors: [any ServerInterceptor]
  var isEmpty: Bool { interceptors.isEmpty }

  /// The reply, or the error as the caller will see it.
  func run(
    _ context: ServerContext, _ handler: @escaping @Sendable () async throws -> Reply
  ) async throws(RPCError) -> Reply {
    do {
      let result = ReplyBox()
      try await descend(0, context) { result.set(try await handler()) }
      guard let reply = result.value else {
        throw RPCError(.internalError, "An interceptor neither went on nor gave an error.")
      }
      return reply
    } catch {
      throw RPCError(fromHandler: error)
    }
  }

  private func descend(
    _ level: Int, _ context: ServerContext, _ handler: @escaping @Sendable () async throws -> Void
  ) async throws {
    guard level < interceptors.count else { return try await handler() }
    try await interceptors[level].intercept(context) {
      try await descend(level + 1, context, handler)
    }
  }
}

/// Carries the reply past the interceptors, which do not see it.
private final class ReplyBox: Sendable {
  private let reply = Mutex<Reply?>(nil)

  var value: Reply? { reply.withLock { $0 } }

  func set(_ newReply: Reply) { reply.withLock { $0 = newReply } }
}
