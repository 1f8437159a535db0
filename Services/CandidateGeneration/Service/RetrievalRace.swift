import Synchronization

/// Gathers the answers of sources that run at once; the first answer for a place counts.
///
/// A source that does not come back in time is answered for by the clock, and its own answer, when it comes,
/// is dropped: a slow source costs its own candidates only.
final class RetrievalRace<Answer: Sendable>: Sendable {
  private struct State {
    var answers: [Answer?]
    var open: Int
    var waiter: UnsafeContinuation<[Answer], Never>?
  }

  private let state: Mutex<State>

  /// A race of so many.
  init(count: Int) {
    state = Mutex(State(answers: Array(repeating: nil, count: count), open: count, waiter: nil))
  }

  /// Answers for a place, unless it has an answer.
  func settle(_ place: Int, _ answer: @autoclosure () -> Answer) {
    let ended = state.withLock { state -> (UnsafeContinuation<[Answer], Never>, [Answer])? in
      guard state.answers[place] == nil else { return nil }
      state.answers[place] = answer()
      state.open -= 1
      guard state.open == 0, let waiter = state.waiter else { return nil }
      state.waiter = nil
      return (waiter, state.answers.compactMap { $0 })
    }
    if let (waiter, answers) = ended { waiter.resume(returning: answers) }
  }

  /// Waits until every place has an answer. To be called once.
  func answers() async -> [Answer] {
    await withUnsafeContinuation { continuation in
      let done = state.withLock { state -> [Answer]? in
        guard state.open > 0 else { return state.answers.compactMap { $0 } }
        state.waiter = continuation
        return nil
      }
      if let done { continuation.resume(returning: done) }
    }
  }
}
