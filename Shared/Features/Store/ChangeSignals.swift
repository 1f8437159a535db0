import Synchronization

/// Tells watchers that the catalogue has changed. A watcher that is slow finds one signal waiting, never
/// more: what has changed it reads from the store.
final class ChangeSignals: Sendable {
  private struct State {
    var next = 0
    var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
    var isEnded = false
  }

  private let state = Mutex(State())

  func watch() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state -> Int? in
      guard !state.isEnded else { return nil }
      state.next += 1
      state.watchers[state.next] = continuation
      return state.next
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
    }
    return stream
  }

  func send() {
    let watchers = state.withLock { Array($0.watchers.values) }
    for watcher in watchers { watcher.yield() }
  }

  /// Ends all streams, and those that are asked for later.
  func end() {
    let watchers = state.withLock { state in
      state.isEnded = true
      defer { state.watchers = [:] }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.finish() }
  }
}
