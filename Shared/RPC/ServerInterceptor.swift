/// Work around every call that a server takes: authentication, logs, metrics, quotas.
///
/// ```swift
/// struct RequireToken: ServerInterceptor {
///   func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
///     guard context.metadata["authorization"] == "Bearer …" else {
///       throw RPCError(.unauthenticated, "A token is needed.")
///     }
///     try await next()
///   }
/// }
/// ```
public protocol ServerInterceptor: Sendable {
  /// Calls `next` to go on, or throws to answer the call with an error. What `next` throws is the
  /// error that the caller will get.
  func intercept(
    _ context: ServerContext, next: @Sendable () async throws -> Void
  ) async throws
}
