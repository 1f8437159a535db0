/// Why a component gave less than it should have.
public struct FailureReason: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  /// As replies and metrics say it: a short constant.
  public let rawValue: String
  /// A reason.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// A reason.
  public init(stringLiteral value: String) { rawValue = value }

  /// Its time was up.
  public static let deadline: FailureReason = "deadline"
  /// It let its time go by too often of late, and was not asked.
  public static let circuitOpen: FailureReason = "circuit_open"
  /// It could not be reached.
  public static let unavailable: FailureReason = "unavailable"
  /// It answered with an error.
  public static let failed: FailureReason = "failed"
  /// It broke the frame's contract: a mistake in our own code, logged as an error.
  public static let contract: FailureReason = "contract"
}

/// Something that did not go as it should, and what was done about it.
public struct Degradation: Sendable, Hashable {
  /// e.g. "candidates/als".
  public var component: String
  /// What was wrong.
  public var reason: FailureReason
  /// What was done instead.
  public var fallback: String
  /// The time that it had.
  public var budget: Duration

  /// A degradation.
  public init(component: String, reason: FailureReason, fallback: String, budget: Duration) {
    self.component = component
    self.reason = reason
    self.fallback = fallback
    self.budget = budget
  }
}
