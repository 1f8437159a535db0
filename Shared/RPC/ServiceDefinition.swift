internal import SwiftProtobuf

/// A service: its name, and a handler for each of its methods.
///
/// Handlers start in place on a gRPC thread: no blocking there, and no more than some 200 µs of
/// work; more goes to a `ComputePool`.
public struct ServiceDefinition: Sendable {
  /// The full name, such as `recsys.gateway.v1.RecommendationService`.
  public let name: String
  private(set) var methods: [any RegisteredMethod] = []

  /// Starts a service without methods.
  public init(_ name: String) { self.name = name }

  /// Adds a method with one request and one response.
  public mutating func unary<Q, R>(
    _ method: UnaryMethod<Q, R>,
    _ handler: @escaping @Sendable (Q, ServerContext) async throws -> R
  ) {
    methods.append(RegisteredUnary(path: method.path, handler: handler))
  }

  /// Adds a method with one request and a stream of responses, which ends when the handler returns.
  public mutating func serverStreaming<Q, R>(
    _ method: ServerStreamingMethod<Q, R>,
    _ handler: @escaping @Sendable (Q, ServerContext, ResponseWriter<R>) async throws -> Void
  ) {
    methods.append(RegisteredServerStreaming(path: method.path, handler: handler))
  }

  /// Adds a method with a stream of requests and one response.
  public mutating func clientStreaming<Q, R>(
    _ method: ClientStreamingMethod<Q, R>,
    _ handler: @escaping @Sendable (RequestStream<Q>, ServerContext) async throws -> R
  ) {
    methods.append(RegisteredClientStreaming(path: method.path, handler: handler))
  }

  /// Adds a method with a stream of requests and a stream of responses.
  mutating func bidirectional<Q: Message & Sendable, R: Message & Sendable>(
    path: String,
    _ handler:
      @escaping @Sendable (RequestStream<Q>, ServerContext, ResponseWriter<R>) async throws
      -> Void
  ) {
    methods.append(RegisteredBidirectional(path: path, handler: handler))
  }
}
