import Synchronization
import Timing

/// Runs operations at the same time, each until its own deadline.
///
/// Every operation starts in place, on the caller's thread, and runs there until it first waits. One that is
/// not done at its deadline is cancelled and left behind: the caller goes on without it, also when it does not
/// heed its cancellation. When the caller itself is cancelled, all of them are.
struct FanOut: Sendable {
  /// One piece of work.
  struct Operation<Value: Sendable>: Sendable {
    let deadline: ContinuousClock.Instant
    let work: @Sendable () async throws -> Value
  }

  /// Where operations run once they have waited; nil for the global executor.
  let executor: (any TaskExecutor)?
  let timer: DeadlineTimer

  /// What became of each operation, in their order. One past its deadline failed with
  /// `StagePipelineError.Code.deadlineExceeded`.
  func run<Value: Sendable>(_ operations: [Operation<Value>]) async -> [Result<Value, any Error>] {
    let gathering = Gathering<Value>(count: operations.count)
    let tasks = operations.enumerated().map { index, operation in
      Task.immediate(executorPreference: executor) {
        do {
          gathering.complete(index, .success(try await operation.work()))
        } catch {
          gathering.complete(index, .failure(error))
        }
      }
    }
    let tokens = operations.indices.compactMap { index -> DeadlineTimer.Token? in
      guard !gathering.isComplete(index) else { return nil }
      return timer.schedule(at: operations[index].deadline) {
        gathering.complete(index, .failure(Self.late))
        tasks[index].cancel()
      }
    }
    let results = await withTaskCancellationHandler {
      await gathering.all()
    } onCancel: {
      for task in tasks { task.cancel() }
      gathering.abandon(CancellationError())
    }
    for token in tokens { timer.cancel(token) }
    return results
  }

  /// The same for one operation.
  func run<Value: Sendable>(
    until deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    guard
      let result = await run([Operation(deadline: deadline, work: work)]).first
    else { throw Self.late }
    return try result.get()
  }

  private static var late: StagePipelineError {
    StagePipelineError(.deadlineExceeded, "The component's time was up.")
  }
}

/// Results as they come in. The first word about an operation counts.
private final class Gathering<Value: Sendable>: Sendable {
  private struct State {
    var results: [Result<Value, any Error>?]
    var pending: Int
    var waiter: CheckedContinuation<Void, Never>?

    mutating func set(_ index: Int, _ result: Result<Value, any Error>) {
      guard results[index] == nil else { return }
      results[index] = result
      pending -= 1
    }

    /// The waiter, once nothing is pending; to be resumed outside of the lock.
    mutating func takeWaiterIfDone() -> CheckedContinuation<Void, Never>? {
      guard pending == 0 else { return nil }
      defer { waiter = nil }
      return waiter
    }
  }

  private let state: Mutex<State>

  init(count: Int) {
    state = Mutex(State(results: Array(repeating: nil, count: count), pending: count))
  }

  func isComplete(_ index: Int) -> Bool { state.withLock { $0.results[index] != nil } }

  func complete(_ index: Int, _ result: Result<Value, any Error>) {
    state.withLock { state in
      state.set(index, result)
      return state.takeWaiterIfDone()
    }?.resume()
  }

  /// Fails all that is pending.
  func abandon(_ error: any Error) {
    state.withLock { state in
      for index in state.results.indices { state.set(index, .failure(error)) }
      return state.takeWaiterIfDone()
    }?.resume()
  }

  func all() async -> [Result<Value, any Error>] {
    if !state.withLock({ $0.pending == 0 }) {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.pending > 0 { state.waiter = continuation }
          return state.pending == 0
        }
        if isDone { continuation.resume() }
      }
    }
    return state.withLock { state in state.results.compactMap { $0 } }
  }
}
