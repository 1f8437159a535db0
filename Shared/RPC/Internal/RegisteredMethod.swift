internal import CGRPC
internal import SwiftProtobuf

/// A method's handler with its message types hidden.
protocol RegisteredMethod: Sendable {
  var path: String { get }
  var kind: cgrpc_call_kind { get }
  /// Starts to serve a call; `bytes` are lent until it returns.
  func serve(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer, through chain: InterceptorChain)
}

/// One request, one response.
struct RegisteredUnary<Q: Message & Sendable, R: Message & Sendable>: RegisteredMethod {
  let path: String
  let handler: @Sendable (Q, ServerContext) async throws -> R
  var kind: cgrpc_call_kind { CGRPC_CALL_UNARY }

  func serve(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer, through chain: InterceptorChain) {
    do throws(RPCError) {
      let request = try Q(borrowing: bytes, blaming: .invalidArgument)
      call.run { context throws(RPCError) in
        if chain.isEmpty {
          // The usual way of a call between services; a closure less.
          do {
            return .message(try await handler(request, context).encoded())
          } catch {
            throw RPCError(fromHandler: error)
          }
        }
        return try await chain.run(context) {
          .message(try await handler(request, context).encoded())
        }
      }
    } catch {
      call.finish(failing: error)
    }
  }
}

/// One request, a stream of responses.
struct RegisteredServerStreaming<Q: Message & Sendable, R: Message & Sendable>: RegisteredMethod {
  let path: String
  let handler: @Sendable (Q, ServerContext, ResponseWriter<R>) async throws -> Void
  var kind: cgrpc_call_kind { CGRPC_CALL_SERVER_STREAMING }

  func serve(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer, through chain: InterceptorChain) {
    do throws(RPCError) {
      let request = try Q(borrowing: bytes, blaming: .invalidArgument)
      call.run { context throws(RPCError) in
        try await chain.run(context) {
          try await handler(request, context, ResponseWriter(call: call))
          return .none
        }
      }
    } catch {
      call.finish(failing: error)
    }
  }
}

/// A stream of requests, one response.
struct RegisteredClientStreaming<Q: Message & Sendable, R: Message & Sendable>: RegisteredMethod {
  let path: String
  let handler: @Sendable (RequestStream<Q>, ServerContext) async throws -> R
  var kind: cgrpc_call_kind { CGRPC_CALL_CLIENT_STREAMING }

  func serve(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer, through chain: InterceptorChain) {
    call.run { context throws(RPCError) in
      try await chain.run(context) {
        .message(try await handler(RequestStream(call: call), context).encoded())
      }
    }
  }
}

/// A stream of requests, a stream of responses.
struct RegisteredBidirectional<Q: Message & Sendable, R: Message & Sendable>: RegisteredMethod {
  let path: String
  let handler: @Sendable (RequestStream<Q>, ServerContext, ResponseWriter<R>) async throws -> Void
  var kind: cgrpc_call_kind { CGRPC_CALL_BIDIRECTIONAL }

  func serve(_ call: ServerCall, _ bytes: UnsafeRawBufferPointer, through chain: InterceptorChain) {
    call.run { context throws(RPCError) in
      try await chain.run(context) {
        try await handler(RequestStream(call: call), context, ResponseWriter(call: call))
        return .none
      }
    }
  }
}
