import Metrics
import RPC
import Synchronization

/// Decides how much work the gateway takes on: see ``LoadState`` for the rules.
///
/// Metrics: `recsys_gateway_shed_total{priority}`, `recsys_gateway_load_limit`, `recsys_gateway_in_flight`,
/// `recsys_gateway_width`.
final class LoadControl: Sendable {
  /// A request that was let in; hand it back when it has ended.
  struct Ticket: Sendable {
    fileprivate let begun: ContinuousClock.Instant
    /// Share of the candidates that it is to be made from; 1: all.
    let width: Double
  }

  /// How a request went, as far as the load goes.
  enum Ending: Sendable {
    /// It was answered. `refused`: a service behind had no room for a part of it.
    case answered(refused: Bool)
    /// It says nothing: it was wrong, or its client gave up.
    case nothing
  }

  private let state: Mutex<LoadState>
  private let retryAfter: Duration
  private let shed: [LoadPriority: Counter]
  private let limit = Meter(label: "recsys_gateway_load_limit")
  private let inFlight = Meter(label: "recsys_gateway_in_flight")
  private let width = Meter(label: "recsys_gateway_width")

  init(policy: LoadPolicy) {
    state = Mutex(LoadState(policy: policy, now: .now))
    retryAfter = policy.retryAfter
    var shed: [LoadPriority: Counter] = [:]
    for priority in [LoadPriority.interactive, .bulk] {
      shed[priority] = Counter(
        label: "recsys_gateway_shed_total", dimensions: [("priority", priority.rawValue)])
    }
    self.shed = shed
    width.set(1)
  }

  /// Whether requests are made in full width: work on nobody's time waits until they are.
  var isRelaxed: Bool { state.withLock { $0.isRelaxed } }

  /// Lets a request in.
  ///
  /// - Throws: RESOURCE_EXHAUSTED with RetryInfo when there are too many already; nothing was done for it then.
  func admit(_ priority: LoadPriority = .interactive) throws -> Ticket {
    let admitted = state.withLock { state in state.admit(priority) ? state.width : nil }
    guard let admitted else {
      shed[priority]?.increment()
      // Spread, so that those who were refused together do not come back together.
      throw RPCError.resourceExhausted(
        "The service is overloaded; try again a little later.",
        retryAfter: retryAfter * Double.random(in: 0.5...1.5))
    }
    return Ticket(begun: .now, width: admitted)
  }

  /// The request has ended.
  func leave(_ ticket: Ticket, _ ending: Ending) {
    let now = ContinuousClock.now
    var took: Duration?
    var wasRefused = false
    if case .answered(let refused) = ending {
      took = now - ticket.begun
      wasRefused = refused
    }
    let figures = state.withLock { state in
      state.leave(took: took, wasRefused: wasRefused, now: now)
        ? (state.limit, state.inFlight, state.width) : nil
    }
    guard let figures else { return }
    limit.set(figures.0)
    inFlight.set(figures.1)
    width.set(figures.2)
  }
}
