import Synchronization

/// A value that tests wait for: whoever changes it lets those go on whose condition it now meets.
public final class Watched<Value: Sendable>: Sendable {
  private struct Waiter {
    let isMet: @Sendable (Value) -> Bool
    let continuation: CheckedContinuation<Void, Never>
  }
  private struct State {
    var value: Value
    var waiters: [Waiter] = []
  }
  private let state: Mutex<State>

  /// Begins with a value.
  public init(_ value: Value) { state = Mutex(State(value: value)) }

  /// As it is now.
  public var value: Value { state.withLock { $0.value } }

  /// Changes it.
  @discardableResult
  public func update<Result: Sendable>(_ change: (inout Value) -> Result) -> Result {
    let (result, met) = state.withLock { state in
      let result = change(&state.value)
      let end = state.waiters.partition { $0.isMet(state.value) }
      let met = Array(state.waiters[end...])
      state.waiters.removeSubrange(end...)
      return (result, met)
    }
    for waiter in met { waiter.continuation.resume() }
    return result
  }

  /// Waits until it meets a condition.
  public func wait(until isMet: @escaping @Sendable (Value) -> Bool) async {
    await withCheckedContinuation { continuation in
      let isMetAlready = state.withLock { state in
        if isMet(state.value) { return true }
        state.waiters.append(Waiter(isMet: isMet, continuation: continuation))
        return false
      }
      if isMetAlready { continuation.resume() }
    }
  }
}
