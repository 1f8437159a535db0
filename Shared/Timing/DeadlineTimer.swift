import Foundation
import Synchronization

/// Runs an action when an instant has come, unless it was called off before.
///
/// Made for deadlines, which are set by the thousand and hardly ever come: setting one costs a push on a heap,
/// calling it off a removal from a table. While any is set, a thread looks at the heap every few milliseconds;
/// that is the resolution. (Arming a timer of the system's for each was a twentieth of a gateway's time.)
public final class DeadlineTimer: Sendable {
  /// Names a set deadline.
  public struct Token: Sendable, Hashable {
    fileprivate let number: UInt64
  }

  private struct Entry: Comparable {
    let deadline: ContinuousClock.Instant
    let number: UInt64
    static func < (left: Entry, right: Entry) -> Bool { left.deadline < right.deadline }
  }

  private struct State {
    var heap = BinaryHeap<Entry>()
    var actions: [UInt64: @Sendable () -> Void] = [:]
    var nextNumber: UInt64 = 1
    var isWatched = false
  }

  /// The one of the process: it has one thread however many pipelines there are.
  public static let shared = DeadlineTimer()

  private let resolution: Duration
  private let state = Mutex(State())

  /// A timer of its own.
  ///
  /// - Parameter resolution: an action runs at most so much, and what the system adds, after its deadline.
  public init(resolution: Duration = .milliseconds(5)) { self.resolution = resolution }

  /// Sets a deadline. The action runs on the timer's thread: it must be short.
  ///
  /// - Complexity: O(log n) in the deadlines set.
  public func schedule(
    at deadline: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void
  ) -> Token {
    let (token, mustWatch) = state.withLock { state in
      let number = state.nextNumber
      state.nextNumber += 1
      state.actions[number] = action
      state.heap.insert(Entry(deadline: deadline, number: number))
      defer { state.isWatched = true }
      return (Token(number: number), !state.isWatched)
    }
    if mustWatch { Thread.detachNewThread { [self] in watch() } }
    return token
  }

  /// Calls a deadline off. Nothing happens when it has come already.
  public func cancel(_ token: Token) {
    // The action is let go outside of the lock: what it holds may set or call off deadlines as it goes.
    _ = state.withLock { $0.actions.removeValue(forKey: token.number) }
  }

  /// Looks at the heap until it is empty.
  private func watch() {
    var isWatched = true
    while isWatched {
      Thread.sleep(forTimeInterval: resolution / .seconds(1))
      let now = ContinuousClock.now
      var due: [@Sendable () -> Void] = []
      isWatched = state.withLock { state in
        while let first = state.heap.first {
          let isCalledOff = state.actions[first.number] == nil
          guard isCalledOff || first.deadline <= now else { break }
          state.heap.removeFirst()
          if let action = state.actions.removeValue(forKey: first.number) { due.append(action) }
        }
        state.isWatched = state.heap.first != nil
        return state.isWatched
      }
      for action in due { action() }
    }
  }
}
