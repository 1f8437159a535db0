import Synchronization
import Timing

/// Lets waiters go on one by one, in the order in which they came; each may give up by cancellation or time.
final class Turns: Sendable {
  /// Why a waiter goes on.
  enum Word: Sendable { case turn, time, cancelled }

  private struct State {
    var waiters: [UInt64: CheckedContinuation<Word, Never>] = [:]
    /// Numbers of the waiters in the order of their coming; those gone are skipped.
    var queue: [UInt64] = []
    var first = 0
    var next: UInt64 = 0
    /// Those that will wait in a moment, and the word on those of them that need not.
    var coming: Set<UInt64> = []
    var early: [UInt64: Word] = [:]
  }

  private let state = Mutex(State())

  /// Whether nobody waits.
  var isEmpty: Bool { state.withLock { $0.waiters.isEmpty } }

  /// Waits for a turn.
  ///
  /// - Parameters:
  ///   - deadline: when to go on without one; nil: never.
  ///   - while: asked once the waiter is in line: false: it goes on at once. What it looks at must change
  ///     before ``giveTurn()`` is called, so that no turn is lost in between.
  func wait(
    until deadline: ContinuousClock.Instant? = nil, while isNeeded: () -> Bool
  ) async -> Word {
    let number = state.withLock { state in
      defer { state.next += 1 }
      state.coming.insert(state.next)
      return state.next
    }
    let token = deadline.map { deadline in
      DeadlineTimer.shared.schedule(at: deadline) { [self] in end(number, .time) }
    }
    let word = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let early = state.withLock { state -> Word? in
          state.coming.remove(number)
          if let word = state.early.removeValue(forKey: number) { return word }
          state.waiters[number] = continuation
          state.queue.append(number)
          return nil
        }
        if let early {
          continuation.resume(returning: early)
        } else if !isNeeded() {
          end(number, .turn)
        }
      }
    } onCancel: {
      end(number, .cancelled)
    }
    if let token { DeadlineTimer.shared.cancel(token) }
    return word
  }

  /// Lets the first waiter go on.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  func giveTurn() -> Bool {
    let waiter = state.withLock { state -> CheckedContinuation<Word, Never>? in
      while state.first < state.queue.count {
        let number = state.queue[state.first]
        state.first += 1
        if state.first > 64, state.first * 2 > state.queue.count {
          state.queue.removeFirst(state.first)
          state.first = 0
        }
        if let waiter = state.waiters.removeValue(forKey: number) { return waiter }
      }
      return nil
    }
    waiter?.resume(returning: .turn)
    return waiter != nil
  }

  private func end(_ number: UInt64, _ word: Word) {
    let waiter = state.withLock { state -> CheckedContinuation<Word, Never>? in
      if let waiter = state.waiters.removeValue(forKey: number) { return waiter }
      if state.coming.contains(number) { state.early[number] = word }
      return nil
    }
    waiter?.resume(returning: word)
  }
}
