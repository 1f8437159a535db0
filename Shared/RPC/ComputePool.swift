internal import CGRPC

/// A bounded pool of threads for work that is too long for a gRPC thread.
///
/// When its queue is full it refuses at once (RESOURCE_EXHAUSTED with RetryInfo): work that waits
/// longer than its caller is worth nothing. Work whose caller gave up, or whose deadline passed
/// while it waited, is not begun.
public final class ComputePool: Sendable {
  /// Sendable: the pointer never changes, and the shim's pool may be used from any thread.
  private struct Handle: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  private let handle: Handle
  private let retryAfter: Duration

  /// Makes a pool. `retryAfter` is what a refused caller is told.
  public init(threads: Int, queueLimit: Int, retryAfter: Duration = .milliseconds(50)) {
    _ = InlineExecutor.shared
    self.retryAfter = retryAfter
    handle = Handle(
      pointer: cgrpc_pool_create(Int32(clamping: max(1, threads)), Int32(clamping: queueLimit)))
  }

  deinit { cgrpc_pool_destroy(handle.pointer) }

  /// How many pieces of work wait now.
  public var waiting: Int { Int(cgrpc_pool_waiting(handle.pointer)) }

  /// Runs work on one of the pool's threads; the caller goes on there when it has ended.
  public func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
    let deadline = ServerContext.current?.deadline
    let piece = PieceOfWork(deadline: deadline, work)
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        piece.continuation = continuation
        let context = Unmanaged<AnyPieceOfWork>.passRetained(piece)
        let isTaken = cgrpc_pool_submit(handle.pointer, context.toOpaque()) { context in
          Unmanaged<AnyPieceOfWork>.fromOpaque(context).takeRetainedValue().run()
        }
        if !isTaken {
          context.release()
          continuation.resume(
            throwing: RPCError.resourceExhausted(
              "Too much work waits on this server.", retryAfter: retryAfter))
        }
      }
    } onCancel: {
      piece.cancel()
    }
  }
}
