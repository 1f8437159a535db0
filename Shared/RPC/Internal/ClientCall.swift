internal import CGRPC
internal import SwiftProtobuf
import Synchronization

/// One outbound call: owns a reference to the shim's call.
///
/// Sendable: the pointer never changes; the shim's call orders its operations itself, and its
/// cancel may come from any thread.
final class ClientCall: @unchecked Sendable {
  let pointer: OpaquePointer
  private let outbound: OutboundCall
  private let interceptors: [any ClientInterceptor]
  private let start: ContinuousClock.Instant?
  private let isReported = Atomic(false)

  init(
    channel: OpaquePointer, kind: cgrpc_call_kind, outbound: OutboundCall,
    interceptors: [any ClientInterceptor]
  ) throws(RPCError) {
    self.outbound = outbound
    self.interceptors = interceptors
    start = interceptors.isEmpty ? nil : .now
    let options = outbound.options
    if let key = options.metadata.firstIllegalKey {
      throw RPCError(.invalidArgument, "The metadata key or value of \"\(key)\" is not legal.")
    }
    let timeout = try Self.timeout(options)
    pointer = cgrpc_client_call_create(
      channel, kind, outbound.path, timeout?.wholeNanoseconds ?? -1, options.waitForReady)
    options.metadata.forEachPair { cgrpc_client_call_add_metadata(pointer, $0, $1, $2, $3) }
  }

  deinit {
    report(RPCError(.cancelled, "The stream was dropped before its end."))
    cgrpc_client_call_release(pointer)
  }

  /// The caller's own timeout, or what is left of the inbound call's time if that is less.
  private static func timeout(_ options: CallOptions) throws(RPCError) -> Duration? {
    guard let inbound = ServerContext.current else { return options.timeout }
    if inbound.isCancelled { throw RPCError(.cancelled, "The inbound call was cancelled.") }
    guard let left = inbound.timeRemaining else { return options.timeout }
    if left <= .zero { throw RPCError(.deadlineExceeded, "No time is left of the inbound call.") }
    return options.timeout.map { min($0, left) } ?? left
  }

  func cancel() { cgrpc_client_call_cancel(pointer) }

  /// Tells the interceptors how the call ended; the first word counts.
  func report(_ error: @autoclosure () -> RPCError?) {
    guard let start, !isReported.exchange(true, ordering: .relaxed) else { return }
    let error = error()
    let elapsed = start.duration(to: .now)
    for interceptor in interceptors.reversed() {
      interceptor.didEnd(outbound, error: error, elapsed: elapsed)
    }
  }

  func metadata(trailing: Bool) -> Metadata {
    Metadata { context, visit in
      cgrpc_client_call_visit_metadata(pointer, trailing, context, visit)
    }
  }

  /// The error with the trailers that came with it.
  func completed(_ error: any Error) -> RPCError {
    var error = error as? RPCError ?? RPCError(.unknown, "\(error)", cause: error)
    if error.code == .cancelled, error.message == "CANCELLED", !Task.isCancelled {
      error = .refusalByDrain
    }
    error.metadata = metadata(trailing: true)
    return error
  }

  // MARK: Unary

  func perform<R: Message & Sendable>(_ request: some Message) async throws(RPCError) -> R {
    let bytes = try request.encoded()
    do {
      let response: R = try await withTaskCancellationHandler {
        try await OutcomeWaiter<R>.wait { context in
          cgrpc_client_call_start_unary(pointer, bytes.take(), context, AnyOutcomeWaiter.callback)
        }
      } onCancel: {
        cancel()
      }
      report(nil)
      return response
    } catch {
      let error = completed(error)
      report(error)
      throw error
    }
  }

  // MARK: Streams

  func startStream() async -> Bool {
    await WriteWaiter.wait { context in
      cgrpc_client_call_start_stream(pointer, context, WriteWaiter.callback)
    }
  }

  func write(_ message: some Message, last: Bool) async throws(RPCError) -> Bool {
    let bytes = try message.encoded()
    return await WriteWaiter.wait { context in
      cgrpc_client_call_write(pointer, bytes.take(), last, context, WriteWaiter.callback)
    }
  }

  func closeWrites() async -> Bool {
    await WriteWaiter.wait { context in
      cgrpc_client_call_close_writes(pointer, context, WriteWaiter.callback)
    }
  }

  func read<M: Message & Sendable>(_ type: M.Type) async -> ReadResult<M> {
    await ReadWaiter<M>.wait(blaming: .internalError) { context in
      cgrpc_client_call_read(pointer, context, AnyReadWaiter.callback)
    }
  }

  /// Waits for the status; throws it unless it is OK.
  func finish() async throws(RPCError) {
    let error = await StatusWaiter.wait { context in
      cgrpc_client_call_finish(pointer, context, AnyOutcomeWaiter.callback)
    }.map(completed)
    report(error)
    if let error { throw error }
  }
}

extension RPCError {
  /// What a call gets that reaches a server of gRPC 1.51 between the begin of its shutdown and the
  /// client's hearing of it. gRPC ends such a call, which no handler ever saw, with a bare
  /// CANCELLED; nobody here cancelled it, so it is told as what it is.
  fileprivate static let refusalByDrain = RPCError(.unavailable, "The server is shutting down.")

  var isRefusalByDrain: Bool { code == .unavailable && message == Self.refusalByDrain.message }
}
