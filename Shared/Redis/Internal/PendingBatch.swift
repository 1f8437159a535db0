import Synchronization

/// Commands that were handed in together, and the caller that waits for their answers.
///
/// The event loop fills in the answers; the caller may go on earlier, when its time is up or its task is
/// cancelled. Whoever comes first resumes it, once.
final class PendingBatch: Sendable {
  typealias Waiter = CheckedContinuation<[RedisValue], any Error>
  private enum State {
    /// Nobody waits yet; it may have ended already.
    case fresh(Result<[RedisValue], any Error>?)
    case waiting(Waiter)
    case ended
  }

  let commands: [RedisCommand]
  let deadline: ContinuousClock.Instant
  private let state = Mutex(State.fresh(nil))
  private let answers = Mutex<[RedisValue]>([])

  init(_ commands: [RedisCommand], deadline: ContinuousClock.Instant) {
    self.commands = commands
    self.deadline = deadline
  }

  /// Whether nobody wants the answers any more.
  var isEnded: Bool {
    state.withLock { state in
      switch state {
      case .ended, .fresh(.some): true
      case .fresh(.none), .waiting: false
      }
    }
  }

  /// Sets who waits.
  func wait(_ waiter: Waiter) {
    let early = state.withLock { state -> Result<[RedisValue], any Error>? in
      guard case .fresh(let result) = state else { return nil }
      state = result == nil ? .waiting(waiter) : .ended
      return result
    }
    if let early { waiter.resume(with: early) }
  }

  /// Takes in the next answer.
  ///
  /// - Returns: whether it was the last; then ``finish()`` is due.
  func answer(_ value: RedisValue) -> Bool {
    answers.withLock { answers in
      answers.append(value)
      return answers.count == commands.count
    }
  }

  /// Resumes the caller with the answers.
  func finish() { end(.success(answers.withLock { $0 })) }

  /// Lets the caller go on without the answers; does nothing when it has gone on.
  func fail(_ error: any Error) { end(.failure(error)) }

  private func end(_ result: Result<[RedisValue], any Error>) {
    let waiter = state.withLock { state -> Waiter? in
      switch state {
      case .waiting(let waiter):
        state = .ended
        return waiter
      case .fresh(.none):
        state = .fresh(result)
        return nil
      case .fresh(.some), .ended: return nil
      }
    }
    waiter?.resume(with: result)
  }
}
