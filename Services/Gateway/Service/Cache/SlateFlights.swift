import Timing
import Synchronization

/// Makes one slate for all equal requests of a moment: the first makes it, the others wait for it.
final class SlateFlights: Sendable {
  /// What a request is to do.
  enum Role {
    /// Make the slate, and say when that is over.
    case leads
    /// It was waited for: look whether it is there.
    case waited
  }

  private typealias Waiter = CheckedContinuation<Void, Never>
  private struct State {
    var waiters: [CacheKey: [UInt64: Waiter]] = [:]
    var next: UInt64 = 0
  }

  private let state = Mutex(State())

  /// Requests that wait for somebody else's slate.
  var waitingCount: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

  /// Makes the caller the one who makes the slate, or waits for who does: until it is there, the time is up, or the
  /// caller's task is cancelled.
  func join(_ key: CacheKey, until deadline: ContinuousClock.Instant) async -> Role {
    let number = state.withLock { state -> UInt64? in
      guard state.waiters[key] != nil else {
        state.waiters[key] = [:]
        return nil
      }
      state.next += 1
      return state.next
    }
    guard let number else { return .leads }
    let alarm = DeadlineTimer.shared.schedule(at: deadline) { [self] in release(key, number) }
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let isLate = state.withLock { state in
          guard !Task.isCancelled, ContinuousClock.now < deadline,
            state.waiters[key]?.updateValue(waiter, forKey: number) == nil,
            state.waiters[key] != nil
          else { return true }
          return false
        }
        if isLate { waiter.resume() }
      }
    } onCancel: {
      release(key, number)
    }
    DeadlineTimer.shared.cancel(alarm)
    return .waited
  }

  /// The slate has been made, or could not be.
  func end(_ key: CacheKey) {
    let waiters = state.withLock { $0.waiters.removeValue(forKey: key) }
    for waiter in (waiters ?? [:]).values { waiter.resume() }
  }

  private func release(_ key: CacheKey, _ number: UInt64) {
    let waiter = state.withLock { $0.waiters[key]?.removeValue(forKey: number) }
    waiter?.resume()
  }
}
