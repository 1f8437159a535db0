/// What load to make.
public struct LoadGeneratorPlan: Sendable, Hashable {
  /// When requests leave.
  public enum Arrivals: Sendable, Hashable {
    /// So many a second, at even distances, whether or not the answers keep up (open loop).
    case constant(perSecond: Double)
    /// As soon as fewer than `maxInFlight` are under way: as many as the other side can take.
    case closedLoop
  }

  /// When requests leave.
  public var arrivals: Arrivals
  /// How long to measure.
  public var duration: Duration
  /// How long to send before measuring, in the same manner.
  public var warmUp: Duration
  /// The most requests under way at a time. When that many are, the next ones leave late; with a
  /// constant rate their lateness counts as latency.
  public var maxInFlight: Int

  /// A constant rate.
  public init(
    requestsPerSecond: Double, duration: Duration, warmUp: Duration = .zero, maxInFlight: Int = 1000
  ) {
    arrivals = .constant(perSecond: requestsPerSecond)
    self.duration = duration
    self.warmUp = warmUp
    self.maxInFlight = maxInFlight
  }

  /// Always so many requests under way: the way to find what the other side can take at most.
  /// Latencies of such a load say little: each request waits for one before it (Gil Tene's
  /// "coordinated omission").
  public static func closedLoop(
    inFlight: Int, duration: Duration, warmUp: Duration = .zero
  ) -> LoadGeneratorPlan {
    var plan = LoadGeneratorPlan(
      requestsPerSecond: 1, duration: duration, warmUp: warmUp, maxInFlight: inFlight)
    plan.arrivals = .closedLoop
    return plan
  }

  /// Requests a second; nil without a constant rate.
  public var requestsPerSecond: Double? {
    if case .constant(let rate) = arrivals { rate } else { nil }
  }

  /// How many requests a constant rate makes of a time.
  private func count(in time: Duration) -> Int {
    Int(((requestsPerSecond ?? 0) * time.inSeconds).rounded())
  }

  /// How many requests the plan has, those of the warm-up included; 0 where it is not known before.
  var requestCount: Int { count(in: warmUp + duration) }

  /// How many of them are the warm-up's.
  var warmUpCount: Int { count(in: warmUp) }

  /// When a request is due, after the start: fixed before anything is sent.
  func due(_ index: Int) -> Duration { .seconds(Double(index) / (requestsPerSecond ?? 1)) }

  /// Throws unless the plan can be carried out.
  func validate() throws {
    if let rate = requestsPerSecond {
      guard rate.isFinite, rate > 0, rate <= 1_000_000 else {
        throw LoadGeneratorError("The rate must be above 0 and at most 1,000,000 a second.")
      }
    }
    guard duration > .zero, duration <= .seconds(86_400), warmUp >= .zero,
      warmUp <= .seconds(86_400)
    else {
      throw LoadGeneratorError("The duration must be above 0, and at most a day.")
    }
    guard (1...100_000).contains(maxInFlight) else {
      throw LoadGeneratorError("Between 1 and 100,000 requests may be under way.")
    }
  }
}

/// Why load cannot be made.
public struct LoadGeneratorError: Error, Sendable, CustomStringConvertible {
  /// The reason, in words.
  public let description: String

  init(_ description: String) { self.description = description }
}
