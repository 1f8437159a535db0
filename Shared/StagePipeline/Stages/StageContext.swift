/// What a stage may know of its own run.
public struct StageContext: Sendable {
  /// Name of the component that runs.
  public let component: String
  /// When its time is up: the frame then goes on without it and cancels its task.
  public let deadline: ContinuousClock.Instant
  let recorder: PipelineRecorder

  /// What is left of its time; never negative.
  public var timeRemaining: Duration { max(.zero, deadline - .now) }

  /// Says that the stage went on with less than it wanted, e.g. with three of its four sources.
  public func report(_ degradation: Degradation) { recorder.add(degradation) }
}
