public import Logging
public import Timing

/// What a pipeline takes from the program that it runs in.
public struct PipelineEnvironment: Sendable {
  /// Where mistakes of our own code are logged.
  public var logger: Logger
  /// Where stages run once they have waited. Give the transport's own, or each answer costs a thread hop;
  /// nil for the global executor.
  public var executor: (any TaskExecutor)?
  /// Watches budgets.
  public var timer: DeadlineTimer
  /// Says what an error of a component means, e.g. that UNAVAILABLE is "unavailable".
  public var classify: @Sendable (any Error) -> FailureReason

  /// An environment.
  public init(
    logger: Logger, executor: (any TaskExecutor)? = nil, timer: DeadlineTimer = .shared,
    classify: @escaping @Sendable (any Error) -> FailureReason = { _ in .failed }
  ) {
    self.logger = logger
    self.executor = executor
    self.timer = timer
    self.classify = classify
  }
}
