import Synchronization

/// Keeps requests from waiting for a component that has stopped answering.
///
/// A component that cannot be reached fails at once and costs nothing. One that takes calls and says nothing (a
/// frozen process, a network that swallows packets) would cost every request its whole budget. After some failures
/// in a row by deadline it is left out, except for a probe now and then, whose success brings it back.
final class Circuit: Sendable {
  private enum State {
    case closed(failures: Int)
    /// Until then no request, then one.
    case open(until: ContinuousClock.Instant)
  }

  /// What a request is to do.
  enum Admission {
    case go
    case leaveOut
  }

  private static let failuresToOpen = 5
  private static let pause: Duration = .milliseconds(250)

  private let state = Mutex(State.closed(failures: 0))

  /// Asks whether a request may try the component.
  func admit(at now: ContinuousClock.Instant) -> Admission {
    state.withLock { state in
      guard case .open(let until) = state else { return .go }
      guard now >= until else { return .leaveOut }
      // This request is the probe; the others wait for what becomes of it.
      state = .open(until: now + Self.pause)
      return .go
    }
  }

  /// The component answered, be it with an error.
  func answered() { state.withLock { $0 = .closed(failures: 0) } }

  /// The component let its time go by, which was enough of it to blame it.
  func wasSilent(at now: ContinuousClock.Instant) {
    state.withLock { state in
      switch state {
      case .closed(let failures) where failures + 1 < Self.failuresToOpen:
        state = .closed(failures: failures + 1)
      case .closed, .open: state = .open(until: now + Self.pause)
      }
    }
  }
}
