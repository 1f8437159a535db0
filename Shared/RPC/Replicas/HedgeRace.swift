import Synchronization

/// A call and the second one that may join it: whoever answers first.
final class HedgeRace<Response: Sendable>: Sendable {
  typealias Answer = (call: ClientCall, response: Response)

  private struct State {
    var isOver = false
    var second: Task<Result<Answer, any Error>, Never>?
    var secondHasWon = false
  }

  private let state = Mutex(State())

  /// Starts the second call, unless the race is over.
  ///
  /// - Parameter answer: makes the second call; when it answers, `overtake` ends the first.
  func join(
    _ answer: @escaping @Sendable () async throws -> Answer,
    overtake: @escaping @Sendable () -> Void
  ) {
    state.withLock { state in
      guard !state.isOver else { return }
      state.second = Task(executorPreference: InlineExecutor.shared) { [self] in
        do {
          let result = try await answer()
          if hasWon() { overtake() }
          return .success(result)
        } catch {
          return .failure(error)
        }
      }
    }
  }

  /// Whether the race was still on.
  private func hasWon() -> Bool {
    state.withLock { state in
      if !state.isOver { state.secondHasWon = true }
      return state.secondHasWon
    }
  }

  /// The first call has answered: the second is cancelled if there is one.
  func firstHasWon() { end().second?.cancel() }

  /// Ends the race: nothing joins any more.
  ///
  /// - Returns: the second call, and whether it has answered and ended the first.
  func end() -> (second: Task<Result<Answer, any Error>, Never>?, hasWon: Bool) {
    state.withLock { state in
      state.isOver = true
      return (state.second, state.secondHasWon)
    }
  }
}
