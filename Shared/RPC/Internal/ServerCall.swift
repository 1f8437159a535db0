internal import CGRPC
import Synchronization
internal import SwiftProtobuf

/// One inbound call: owns a reference to the shim's call, its task, and what was said about it.
///
/// Sendable: the pointer never changes, the shim's call is only touched under `state`'s lock or by
/// operations that the shim orders itself (reads, writes, finish).
final class ServerCall: @unchecked Sendable {
  let pointer: OpaquePointer
  let path: String
  let deadline: ContinuousClock.Instant?
  private let state = Mutex(State())

  private struct State {
    var task: Task<Void, Never>?
    var metadata: Metadata?
    var isCancelled = false
    var isFinished = false
    var isWriting = false
    var isReading = false
  }

  init(pointer: OpaquePointer, path: String) {
    self.pointer = pointer
    self.path = path
    let remaining = cgrpc_server_call_remaining(pointer)
    deadline = remaining == .max ? nil : .now.advanced(by: .nanoseconds(remaining))
  }

  deinit { cgrpc_server_call_release(pointer) }

  // MARK: The task

  /// Runs the handler in place on this gRPC thread until it first waits.
  func run(_ body: @escaping @Sendable (ServerContext) async throws(RPCError) -> Reply) {
    let task = Task.immediate(executorPreference: InlineExecutor.shared) {
      let context = ServerContext(call: self)
      await ServerContext.$current.withValue(context) {
        do throws(RPCError) {
          self.finish(try await body(context))
        } catch {
          self.finish(failing: error)
        }
      }
    }
    let isCancelled = state.withLock { state in
      if !state.isFinished { state.task = task }
      return state.isCancelled
    }
    if isCancelled { task.cancel() }
  }

  /// The call has ended on the wire: the last word of the shim about it.
  func ended(cancelled: Bool) {
    let task = state.withLock { state -> Task<Void, Never>? in
      state.isCancelled = state.isCancelled || cancelled
      defer { state.task = nil }
      return cancelled ? state.task : nil
    }
    task?.cancel()
  }

  var isCancelled: Bool { state.withLock(\.isCancelled) }

  // MARK: Metadata

  var metadata: Metadata {
    state.withLock { state in
      if let metadata = state.metadata { return metadata }
      let metadata = Metadata { context, visit in
        cgrpc_server_call_visit_metadata(pointer, context, visit)
      }
      state.metadata = metadata
      return metadata
    }
  }

  func addInitial(_ metadata: Metadata) {
    state.withLock { state in
      guard !state.isFinished else { return }
      metadata.forEachPair {
        cgrpc_server_call_add_initial_metadata(pointer, $0, $1, $2, $3)
      }
    }
  }

  func addTrailing(_ metadata: Metadata) {
    state.withLock { state in
      guard !state.isFinished else { return }
      metadata.forEachPair {
        cgrpc_server_call_add_trailing_metadata(pointer, $0, $1, $2, $3)
      }
    }
  }

  // MARK: The end

  /// Ends the call with OK.
  func finish(_ reply: Reply) {
    guard claimFinish() else { return }
    if case .message(let message) = reply {
      var slice = message.take()
      cgrpc_server_call_finish(pointer, &slice, 0, nil, 0, nil, 0)
    } else {
      cgrpc_server_call_finish(pointer, nil, 0, nil, 0, nil, 0)
    }
  }

  /// Ends the call with an error.
  func finish(failing error: RPCError) {
    if error.metadata.firstIllegalKey == nil { addTrailing(error.metadata) }
    guard claimFinish() else { return }
    let details = error.wireDetails ?? []
    let code = Int32(clamping: error.code.rawValue)
    var text = error.message
    text.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { text in
        cgrpc_server_call_finish(
          pointer, nil, code, text.baseAddress, text.count, details, details.count)
      }
    }
  }

  private func claimFinish() -> Bool {
    state.withLock { state in
      defer {
        state.isFinished = true
        state.task = nil
      }
      return !state.isFinished
    }
  }

  // MARK: Streams

  func write(_ message: some Message) async throws(RPCError) {
    let bytes = try message.encoded()
    let isAllowed = state.withLock { state in
      guard !state.isFinished, !state.isWriting else { return false }
      state.isWriting = true
      return true
    }
    guard isAllowed else {
      throw RPCError(.internalError, "A stream is written by one task at a time, until its end.")
    }
    let isDone = await WriteWaiter.wait { context in
      cgrpc_server_call_write(pointer, bytes.take(), context, WriteWaiter.callback)
    }
    state.withLock { $0.isWriting = false }
    if !isDone { throw RPCError(.cancelled, "The client is gone.") }
  }

  func read<M: Message & Sendable>(_ type: M.Type) async throws(RPCError) -> M? {
    let isAllowed = state.withLock { state in
      guard !state.isFinished, !state.isReading else { return false }
      state.isReading = true
      return true
    }
    guard isAllowed else {
      throw RPCError(.internalError, "A stream is read by one task at a time, until its end.")
    }
    let result = await ReadWaiter<M>.wait(blaming: .invalidArgument) { context in
      cgrpc_server_call_read(pointer, context, AnyReadWaiter.callback)
    }
    state.withLock { $0.isReading = false }
    switch result {
    case .message(let message): return message
    case .end: return nil
    case .malformed(let error): throw error
    case .broken: throw RPCError(.cancelled, "The client is gone.")
    }
  }
}
