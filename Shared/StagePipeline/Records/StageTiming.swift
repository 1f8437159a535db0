/// What one stage took.
public struct StageTiming: Sendable, Hashable {
  /// Its name.
  public var stage: String
  /// How long it ran.
  public var took: Duration
  /// What was left of the request's time when it began.
  public var budget: Duration
  /// Candidates that it was given.
  public var countIn: Int
  /// Candidates that it left.
  public var countOut: Int

  /// A timing.
  public init(
    stage: String, took: Duration, budget: Duration, countIn: Int = 0, countOut: Int = 0
  ) {
    self.stage = stage
    self.took = took
    self.budget = budget
    self.countIn = countIn
    self.countOut = countOut
  }
}
