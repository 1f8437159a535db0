/// How wide requests are made and how many are let in: additive increase, multiplicative decrease on the time
/// that requests take (Chiu and Jain 1989, as TCP does it; the limit on requests in flight as in Netflix's
/// concurrency limits). A value without clock or lock, so that a test can drive it through a day in a moment.
///
/// By Little's law the time of a request is the number in flight over the rate at which they are done: who bounds
/// the one bounds the other, whatever the rate of arrivals is. Narrower requests are done faster; so the width goes
/// first, and only what is still too much is refused.
struct LoadState: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// How often the past is judged.
  private static let window: Duration = .milliseconds(100)
  /// A window goes on until it has so many, or has lasted ``longestWindow``.
  private static let minimumSamples = 5
  private static let longestWindow: Duration = .seconds(1)
  private static let widthDecrease = 0.8
  private static let widthIncrease = 0.05
  private static let limitDecrease = 0.85

  let policy: LoadPolicy
  private(set) var width = 1.0
  private(set) var limit: Double
  /// Interactive requests.
  private(set) var inFlight = 0
  /// Requests that can wait; they never take the place of an interactive one.
  private(set) var bulkInFlight = 0
  private var peak = 0
  private var samples = 0
  private var total: Duration = .zero
  private var sawOverload = false
  private var windowStart: Instant

  init(policy: LoadPolicy, now: Instant) {
    self.policy = policy
    limit = Double(min(policy.maximumInFlight, max(policy.minimumInFlight, 128)))
    windowStart = now
  }

  /// Whether any sign of overload is left.
  var isRelaxed: Bool { width >= 1 }

  /// Lets a request in, or not.
  mutating func admit(_ priority: LoadPriority) -> Bool {
    guard hasRoom(priority) else { return false }
    switch priority {
    case .interactive:
      inFlight += 1
      peak = max(peak, inFlight)
    case .bulk: bulkInFlight += 1
    }
    return true
  }

  /// Whether a request would be let in.
  func hasRoom(_ priority: LoadPriority) -> Bool {
    switch priority {
    case .interactive: inFlight < Int(limit)
    // Bulk work gets what interactive requests leave, and nothing while these suffer. With nobody there one goes on:
    // how it fares is what ends the state of overload when no interactive request comes any more.
    case .bulk:
      (isRelaxed && inFlight + bulkInFlight < Int(limit / 2)) || inFlight + bulkInFlight == 0
    }
  }

  /// A request has ended.
  ///
  /// - Parameters:
  ///   - took: how long it took; nil when that says nothing, e.g. because its client gave up.
  ///   - wasRefused: whether a service behind refused it for want of room.
  /// - Returns: whether a window has ended, so that width or limit may be other.
  mutating func leave(
    _ priority: LoadPriority = .interactive, took: Duration?, wasRefused: Bool, now: Instant
  ) -> Bool {
    switch priority {
    case .interactive: inFlight -= 1
    case .bulk: bulkInFlight -= 1
    }
    if let took {
      samples += 1
      total += took
    }
    if wasRefused { sawOverload = true }
    let lasted = now - windowStart
    guard lasted >= Self.window,
      samples >= Self.minimumSamples || sawOverload || lasted >= Self.longestWindow
    else { return false }
    judge(windows: min(100, lasted / Self.window))
    samples = 0
    total = .zero
    sawOverload = false
    peak = inFlight
    windowStart = now
    return true
  }

  /// - Parameter windows: how many the time since the last judgement was: where few requests come, the way back must
  ///   not take longer for that.
  private mutating func judge(windows: Double) {
    let mean = samples == 0 ? .zero : total / samples
    // A few slow requests are no overload: a service that is late must not narrow the others.
    let isBusy = peak * 4 >= policy.minimumInFlight
    if sawOverload || (isBusy && mean > policy.target * 0.6) {
      width = max(policy.minimumWidth, width * Self.widthDecrease)
    } else if !isBusy || mean < policy.target * 0.4 {
      width = min(1, width + Self.widthIncrease * windows)
    }
    if sawOverload || (isBusy && mean > policy.target) {
      limit = max(Double(policy.minimumInFlight), limit * Self.limitDecrease)
    } else if Double(peak) >= limit * 0.8 {
      limit = min(Double(policy.maximumInFlight), limit + max(1, limit * 0.05))
    }
  }
}

/// What a request is for.
enum LoadPriority: String, Sendable {
  /// Somebody waits for it.
  case interactive
  /// It can wait.
  case bulk
}
