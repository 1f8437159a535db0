import Dispatch
import Foundation
import Synchronization

/// Runs an action when an instant has come, unless it was called off before.
///
/// Made for deadlines, which are set by the thousand and hardly ever come: setting one costs a push on a heap,
/// calling it off a removal from a table. One thread sleeps until the earliest of those set; what has been called
/// off by then goes in passing, so that it wakes once for all requests of a while. (Arming a timer of the system's
/// for each was a twentieth of a gateway's time, and a look every few milliseconds as much of an idle one's.)
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
    /// When the watching thread looks next.
    var wakes = ContinuousClock.now
  }

  /// The one of the process: it has one thread however many pipelines there are.
  public static let shared = DeadlineTimer()

  /// Without a deadline the thread stays for so long: the next request's comes soon.
  private static let idle = Duration.seconds(1)

  private let resolution: Duration
  private let state = Mutex(State())
  private let nudge = DispatchSemaphore(value: 0)

  /// A timer of its own.
  ///
  /// - Parameter resolution: an action runs so much, and what the system adds, after its deadline: those that lie as
  ///   near to each other wake the thread once.
  public init(resolution: Duration = .milliseconds(1)) { self.resolution = resolution }

  /// Sets a deadline. The action runs on the timer's thread: it must be short.
  ///
  /// - Complexity: O(log n) in the deadlines set.
  public func schedule(
    at deadline: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void
  ) -> Token {
    enum Watcher { case awake, tooLate, none }
    let (token, watcher) = state.withLock { state in
      let number = state.nextNumber
      state.nextNumber += 1
      state.actions[number] = action
      state.heap.insert(Entry(deadline: deadline, number: number))
      let watcher: Watcher =
        !state.isWatched ? .none : deadline + resolution < state.wakes ? .tooLate : .awake
      // Told once: what comes until it has looked needs not tell it again.
      if watcher == .tooLate { state.wakes = deadline + resolution }
      state.isWatched = true
      return (Token(number: number), watcher)
    }
    switch watcher {
    case .awake: break
    case .tooLate: nudge.signal()
    case .none: Thread.detachNewThread { [self] in watch() }
    }
    return token
  }

  /// Calls a deadline off. Nothing happens when it has come already.
  public func cancel(_ token: Token) {
    // The action is let go outside of the lock: what it holds may set or call off deadlines as it goes.
    _ = state.withLock { $0.actions.removeValue(forKey: token.number) }
  }

  /// Runs what is due and sleeps until the next deadline, until none has been set for a while.
  private func watch() {
    var isIdle = false
    while true {
      let now = ContinuousClock.now
      var due: [@Sendable () -> Void] = []
      let wakes = state.withLock { state -> ContinuousClock.Instant? in
        while let first = state.heap.first {
          let isCalledOff = state.actions[first.number] == nil
          guard isCalledOff || first.deadline <= now else { break }
          state.heap.removeFirst()
          if let action = state.actions.removeValue(forKey: first.number) { due.append(action) }
        }
        let first = state.heap.first
        if first == nil, isIdle, due.isEmpty {
          state.isWatched = false
          return nil
        }
        isIdle = first == nil
        state.wakes = first.map { $0.deadline + resolution } ?? now + Self.idle
        return state.wakes
      }
      for action in due { action() }
      guard let wakes else { return }
      let rest = max(.zero, ContinuousClock.now.duration(to: wakes))
      _ = nudge.wait(timeout: .now() + .nanoseconds(Int(clamping: Int64(rest / .nanoseconds(1)))))
    }
  }
}
