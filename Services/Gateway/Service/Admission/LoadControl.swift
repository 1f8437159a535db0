import Metrics
import RPC
import Synchronization

/// Decides how much work the gateway takes on: see ``LoadState`` for the rules.
///
/// Metrics: `recsys_gateway_shed_total`, `recsys_gateway_bulk_waits_total`, `recsys_gateway_load_limit`,
/// `recsys_gateway_in_flight`, `recsys_gateway_width`.
final class LoadControl: Sendable {
  /// A request that was let in; hand it back when it has ended.
  struct Ticket: Sendable {
    fileprivate let begun: ContinuousClock.Instant
    fileprivate let priority: LoadPriority
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
  private let bulk = Turns()
  /// Bulk requests that wait for a turn.
  private let bulkWaiters = Atomic<Int>(0)
  private let shed = Counter(label: "recsys_gateway_shed_total")
  private let bulkWaits = Counter(label: "recsys_gateway_bulk_waits_total")
  private let limit = Meter(label: "recsys_gateway_load_limit")
  private let inFlight = Meter(label: "recsys_gateway_in_flight")
  private let width = Meter(label: "recsys_gateway_width")

  init(policy: LoadPolicy) {
    state = Mutex(LoadState(policy: policy, now: .now))
    retryAfter = policy.retryAfter
    width.set(1)
  }

  /// Whether requests are made in full width: work on nobody's time waits until they are.
  var isRelaxed: Bool { state.withLock { $0.isRelaxed } }
  /// Bulk requests that wait.
  var waitingBulk: Int { bulkWaiters.load(ordering: .sequentiallyConsistent) }

  /// Lets a request in that somebody waits for.
  ///
  /// - Throws: RESOURCE_EXHAUSTED with RetryInfo when there are too many already; nothing was done for it then.
  func admit() throws -> Ticket {
    let admitted = state.withLock { state in state.admit(.interactive) ? state.width : nil }
    guard let admitted else {
      shed.increment()
      // Spread, so that those who were refused together do not come back together.
      throw RPCError.resourceExhausted(
        "The service is overloaded; try again a little later.",
        retryAfter: retryAfter * Double.random(in: 0.5...1.5))
    }
    return Ticket(begun: .now, priority: .interactive, width: admitted)
  }

  /// Lets a request in that can wait, in full width, once interactive ones leave room for it.
  ///
  /// - Throws: `CancellationError` when its caller has gone.
  func admitBulk() async throws -> Ticket {
    var hasWaited = false
    while !state.withLock({ $0.admit(.bulk) }) {
      if !hasWaited { bulkWaits.increment() }
      hasWaited = true
      bulkWaiters.add(1, ordering: .sequentiallyConsistent)
      let word = await bulk.wait { !self.hasRoomForBulk }
      bulkWaiters.subtract(1, ordering: .sequentiallyConsistent)
      if word == .cancelled { throw CancellationError() }
    }
    return Ticket(begun: .now, priority: .bulk, width: 1)
  }

  private var hasRoomForBulk: Bool { state.withLock { $0.hasRoom(.bulk) } }

  /// The request has ended.
  func leave(_ ticket: Ticket, _ ending: Ending) {
    let now = ContinuousClock.now
    var took: Duration?
    var wasRefused = false
    if case .answered(let refused) = ending {
      took = now - ticket.begun
      wasRefused = refused
    }
    let (figures, hasRoom) = state.withLock { state in
      let isOver = state.leave(ticket.priority, took: took, wasRefused: wasRefused, now: now)
      return (
        isOver ? (state.limit, state.inFlight, state.width) : nil, state.hasRoom(.bulk)
      )
    }
    if hasRoom, bulkWaiters.load(ordering: .sequentiallyConsistent) > 0 { bulk.giveTurn() }
    guard let figures else { return }
    limit.set(figures.0)
    inFlight.set(figures.1)
    width.set(figures.2)
  }
}
