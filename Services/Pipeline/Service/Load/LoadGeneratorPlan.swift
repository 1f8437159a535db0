/// What load to make.
public struct LoadGeneratorPlan: Sendable, Hashable {
  /// Requests a second, at even distances.
  public var requestsPerSecond: Double
  /// How long to measure.
  public var duration: Duration
  /// How long to send before measuring, at the same rate.
  public var warmUp: Duration
  /// The most requests under way at a time. When that many are, the next ones leave late, and their
  /// lateness counts as latency.
  public var maxInFlight: Int

  /// Makes a plan.
  public init(
    requestsPerSecond: Double, duration: Duration, warmUp: Duration = .zero, maxInFlight: Int = 1000
  ) {
    self.requestsPerSecond = requestsPerSecond
    self.duration = duration
    self.warmUp = warmUp
    self.maxInFlight = maxInFlight
  }

  /// How many requests the plan has, those of the warm-up included.
  var requestCount: Int { Int((requestsPerSecond * (warmUp + duration).inSeconds).rounded()) }

  /// How many of them are the warm-up's.
  var warmUpCount: Int { Int((requestsPerSecond * warmUp.inSeconds).rounded()) }

  /// When a request is due, after the start: fixed before anything is sent.
  func due(_ index: Int) -> Duration { .seconds(Double(index) / requestsPerSecond) }

  /// Throws unless the plan can be carried out.
  func validate() throws {
    guard requestsPerSecond.isFinite, requestsPerSecond > 0, requestsPerSecond <= 1_000_000 else {
      throw LoadGeneratorError("The rate must be above 0 and at most 1,000,000 a second.")
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

extension Duration {
  /// In seconds.
  var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
