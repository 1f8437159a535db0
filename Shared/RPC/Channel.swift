internal import CGRPC
public import SwiftProtobuf

/// A response with the headers and trailers that came with it.
public struct ResponseWithMetadata<Response: Message & Sendable>: Sendable {
  /// The response.
  public let message: Response
  /// The server's headers.
  public let initialMetadata: Metadata
  /// The server's trailers.
  public let trailingMetadata: Metadata
}

/// Connections to the addresses of one target, and the calls over them.
///
/// Targets: `host:port`, `dns:///host:port`, `ipv4:1.2.3.4:70,1.2.3.5:70`, `unix:/path`. It connects
/// at the first call. Calls made by a handler complete on the handler's own thread.
///
/// A target that lists several addresses, with or without `ipv4:`, is a set of replicas of one service: see
/// ``ReplicaPolicy``.
public final class Channel: Sendable {
  /// The target as given.
  public let target: String
  /// One channel a replica, where the target lists several; empty otherwise.
  public var replicas: [Channel] {
    if case .replicas(let set) = way { set.channels } else { [] }
  }
  private let way: Way
  private let interceptors: [any ClientInterceptor]
  private let maxAttempts: Int

  /// Sendable: the pointer never changes, and the shim's channel may be used from any thread.
  private struct Handle: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  /// Where its calls go.
  private enum Way {
    case single(Handle)
    case replicas(ReplicaSet)
  }

  /// Makes a channel. Throws when a TLS file cannot be read.
  public init(
    target: String, configuration: ChannelConfiguration = .init(),
    interceptors: [any ClientInterceptor] = []
  ) throws {
    _ = InlineExecutor.shared
    self.target = target
    self.interceptors = interceptors
    maxAttempts = configuration.retry?.maxAttempts ?? 1
    if let set = try Self.replicas(of: target, configuration, interceptors) {
      way = .replicas(set)
      return
    }
    let pointer = try configuration.withOptions { cgrpc_channel_create(target, $0) }
    guard let pointer else {
      throw RPCError(.resourceExhausted, "The system has no thread for the channel's calls.")
    }
    way = .single(Handle(pointer: pointer))
  }

  private static func replicas(
    of target: String, _ configuration: ChannelConfiguration,
    _ interceptors: [any ClientInterceptor]
  ) throws -> ReplicaSet? {
    guard let policy = configuration.replicas, let targets = ReplicaTargets.parse(target) else {
      return nil
    }
    var single = configuration
    single.replicas = nil
    // What fails at one replica goes on to another, not to the same one again.
    single.retry = nil
    single.loadBalancing = .pickFirst
    return ReplicaSet(
      channels: try targets.map {
        try Channel(target: $0, configuration: single, interceptors: interceptors)
      }, policy: policy)
  }

  deinit { if case .single(let handle) = way { cgrpc_channel_destroy(handle.pointer) } }

  /// Calls a method with one request and one response. Throws `RPCError`.
  public func call<Q, R>(
    _ method: UnaryMethod<Q, R>, _ request: Q, options: CallOptions = .init()
  ) async throws -> R {
    try await perform(method, request, options).response
  }

  /// As `call`, with the headers and trailers of the response.
  public func callWithMetadata<Q, R>(
    _ method: UnaryMethod<Q, R>, _ request: Q, options: CallOptions = .init()
  ) async throws -> ResponseWithMetadata<R> {
    let (call, response) = try await perform(method, request, options)
    return ResponseWithMetadata(
      message: response, initialMetadata: call.metadata(trailing: false),
      trailingMetadata: call.metadata(trailing: true))
  }

  /// Calls a method with one request and a stream of responses. The call leaves with the first
  /// `next()`.
  public func call<Q, R>(
    _ method: ServerStreamingMethod<Q, R>, _ request: Q, options: CallOptions = .init()
  ) throws -> ResponseStream<R> {
    ResponseStream { [self] in
      let call = try await open(.serverStreaming, method.path, options)
      try await withTaskCancellationHandler {
        // A write that fails means that the server has answered already: the reads tell.
        if await call.startStream() { _ = try await call.write(request, last: true) }
      } onCancel: {
        call.cancel()
      }
      return call
    }
  }

  /// Calls a method with a stream of requests, which `body` writes, and one response. When `body`
  /// throws, the call is cancelled and the error goes on.
  public func call<Q, R>(
    _ method: ClientStreamingMethod<Q, R>, options: CallOptions = .init(),
    _ body: (RequestWriter<Q>) async throws -> Void
  ) async throws -> R {
    let call = try await open(.clientStreaming, method.path, options)
    return try await withTaskCancellationHandler {
      if await call.startStream() { try await send(call, body) }
      let result = await call.read(R.self)
      if case .message = result, case .message = await call.read(R.self) {
        call.cancel()
        throw RPCError(.internalError, "The server sent more than one response.")
      }
      try await call.finish()
      switch result {
      case .message(let response): return response
      case .malformed(let error): throw error
      default: throw RPCError(.internalError, "The server said OK and sent no response.")
      }
    } onCancel: {
      call.cancel()
    }
  }

  /// Calls, and calls again when a draining server refused the call without serving it.
  private func perform<Q, R>(
    _ method: UnaryMethod<Q, R>, _ request: Q, _ options: CallOptions
  ) async throws -> (call: ClientCall, response: R) {
    if case .replicas(let set) = way { return try await set.perform(method, request, options) }
    let start = options.timeout.map { _ in ContinuousClock.now }
    var options = options
    for attempt in 1... {
      let call = try await open(.unary, method.path, options)
      do throws(RPCError) {
        return (call, try await call.perform(request))
      } catch {
        guard error.isRefusalByDrain, attempt < maxAttempts else { throw error }
        if let start, let timeout = options.timeout {
          options.timeout = max(.zero, timeout - start.duration(to: .now))
        }
      }
    }
    throw RPCError(.unavailable, "Every attempt was refused.")
  }

  private func send<Q>(
    _ call: ClientCall, _ body: (RequestWriter<Q>) async throws -> Void
  ) async throws {
    let writer = RequestWriter<Q>(call: call)
    do {
      try await body(writer)
      guard writer.state.close() else {
        throw RPCError(.internalError, "The body returned while a write was under way.")
      }
      _ = await call.closeWrites()
    } catch is StreamEndedByServer {
      _ = writer.state.close()
    } catch {
      call.cancel()
      call.report(RPCError(.cancelled, "The caller gave the stream up.", cause: error))
      throw error
    }
  }

  /// Kinds of calls.
  enum Kind {
    case unary, serverStreaming, clientStreaming
  }

  /// A call that has not left yet. A stream stays with the replica that it was opened at.
  func open(_ kind: Kind, _ path: String, _ options: CallOptions) async throws -> ClientCall {
    let handle: Handle
    switch way {
    case .single(let single): handle = single
    case .replicas(let set):
      return try await set.channels[set.pick()].open(kind, path, options)
    }
    let kind =
      switch kind {
      case .unary: CGRPC_CALL_UNARY
      case .serverStreaming: CGRPC_CALL_SERVER_STREAMING
      case .clientStreaming: CGRPC_CALL_CLIENT_STREAMING
      }
    var outbound = OutboundCall(target: target, path: path, options: options)
    for interceptor in interceptors { try await interceptor.willStart(&outbound) }
    return try ClientCall(
      channel: handle.pointer, kind: kind, outbound: outbound, interceptors: interceptors)
  }
}
