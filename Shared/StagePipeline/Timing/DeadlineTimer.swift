import Dispatch
import Synchronization

/// Runs an action when an instant has come, unless it was called off before.
///
/// Made for deadlines, which are set by the thousand and hardly ever come: setting one costs a push on a heap,
/// calling it off a removal from a table. The operating system's timer is touched only when a deadline is
/// earlier than all that wait.
public final class DeadlineTimer: Sendable {
  /// Names a set deadline.
  public struct Token: Sendable, Hashable {
    fileprivate let number: UInt64
  }

  private struct Entry: Comparable {
    let deadline: ContinuousClock.Instant
    let number: UInt64
    static func < (lhs: Entry, rhs: Entry) -> Bool { lhs.deadline < rhs.deadline }
  }

  private struct State {
    var heap = BinaryHeap<Entry>()
    var actions: [UInt64: @Sendable () -> Void] = [:]
    var nextNumber: UInt64 = 1
    var wakesAt: ContinuousClock.Instant?
  }

  /// The one of the process: it has one thread however many pipelines there are.
  public static let shared = DeadlineTimer()

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "recsys.deadlines", qos: .userInitiated)

  /// A timer of its own.
  public init() {}

  /// Sets a deadline. The action runs on the timer's thread: it must be short.
  ///
  /// - Complexity: O(log n) in the deadlines set.
  public func schedule(
    at deadline: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void
  ) -> Token {
    let (token, mustWake) = state.withLock { state in
      let number = state.nextNumber
      state.nextNumber += 1
      state.actions[number] = action
      state.heap.insert(Entry(deadline: deadline, number: number))
      let mustWake = state.wakesAt.map { deadline < $0 } ?? true
      if mustWake { state.wakesAt = deadline }
      return (Token(number: number), mustWake)
    }
    if mustWake { wake(at: deadline) }
    return token
  }

  /// Calls a deadline off. Nothing happens when it has come already.
  public func cancel(_ token: Token) {
    // The action is let go outside of the lock: what it holds may set or call off deadlines as it goes.
    _ = state.withLock { $0.actions.removeValue(forKey: token.number) }
  }

  private func wake(at deadline: ContinuousClock.Instant) {
    let wait = max(.zero, deadline - .now)
    queue.asyncAfter(deadline: .now() + wait.seconds) { [self] in fire(woken: deadline) }
  }

  private func fire(woken: ContinuousClock.Instant) {
    let now = ContinuousClock.now
    let (due, next) = state.withLock { state in
      var due: [@Sendable () -> Void] = []
      while let first = state.heap.first {
        let isCalledOff = state.actions[first.number] == nil
        guard isCalledOff || first.deadline <= now else { break }
        state.heap.removeFirst()
        if let action = state.actions.removeValue(forKey: first.number) { due.append(action) }
      }
      // An earlier wake-up than the one noted is on its way only if it was set since: leave it to that one.
      guard state.wakesAt.map({ $0 >= woken }) ?? true else {
        return (due, nil as ContinuousClock.Instant?)
      }
      state.wakesAt = state.heap.first?.deadline
      return (due, state.wakesAt)
    }
    if let next { wake(at: next) }
    for action in due { action() }
  }
}

extension Duration {
  /// In seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
