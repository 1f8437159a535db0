/// What a failure of a component means for the request.
public enum FailurePolicy: Sendable, Hashable {
  /// The request fails with it.
  case required
  /// The request goes on, and its reply names the fallback.
  case optional(fallback: String)
}

/// How much of the request's time a component may take.
public struct StageBudget: Sendable, Hashable {
  /// Share of what is left when the component starts.
  public var share: Double
  /// Never more than this.
  public var limit: Duration

  /// A share of what is left, up to a limit.
  public init(share: Double = 1, atMost limit: Duration = .seconds(60)) {
    self.share = share
    self.limit = limit
  }

  /// All that is left.
  public static let rest = StageBudget()

  func deadline(from start: ContinuousClock.Instant, requestDeadline: ContinuousClock.Instant)
    -> ContinuousClock.Instant
  {
    let remaining = max(.zero, requestDeadline - start)
    return start + min(limit, remaining * share)
  }
}

/// A component in its place: under which name, within which budget, and what its failure means.
public struct Stage<Component: Sendable>: Sendable {
  /// As timings, metrics and degradations name it.
  public let name: String
  /// What runs.
  public let component: Component
  /// What its failure means.
  public let onFailure: FailurePolicy
  /// Its time.
  public let budget: StageBudget
  /// Of the component in this place, over all requests.
  let circuit = Circuit()

  /// A component in its place.
  public init(
    _ name: String, _ component: Component, onFailure: FailurePolicy = .required,
    budget: StageBudget = .rest
  ) {
    self.name = name
    self.component = component
    self.onFailure = onFailure
    self.budget = budget
  }
}
