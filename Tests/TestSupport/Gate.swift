import Synchronization

/// Opened once; whoever waits goes on.
public final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())

  /// A closed gate.
  public init() {}

  /// Lets all through, now and later.
  public func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Waits until it is open.
  public func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiters.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  /// Waits for the gate, or for the task's cancellation.
  public func waitCancellably() async throws {
    await withTaskCancellationHandler {
      await wait()
    } onCancel: {
      open()
    }
    try Task.checkCancellation()
  }
}
