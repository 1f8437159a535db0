import Synchronization

/// Counts how requests end: by kind, and by the time at which they were due or ended.
final class LoadRecorder: Sendable {
  /// What was counted.
  struct Result: Sendable {
    var kinds: [Kind]
    var intervals: [Interval]
    var intervalLength: Duration
    /// Requests that never left.
    var notSent: Int
    /// The plan's time, or until the last answer where that came later.
    var duration: Duration
  }

  /// The requests of one kind.
  struct Kind: Sendable {
    let name: String
    var latencies = LoadHistogram()
    var errors: [String: Int] = [:]
  }

  /// A short time of the run.
  struct Interval: Sendable {
    /// Latencies of those due in it that went well.
    var latencies = CoarseLoadHistogram()
    /// Requests that ended in it.
    var succeeded = 0
    var failed = 0
  }

  /// More would make no clearer picture.
  private static let mostIntervals = 240

  /// A second, or longer in a long run.
  let intervalLength: Duration
  private let start: ContinuousClock.Instant
  private let planned: Duration
  private let intervalCount: Int
  private let state: Mutex<(kinds: [Kind], intervals: [Interval])>

  init(kinds: [String], plan: LoadGeneratorPlan, from start: ContinuousClock.Instant) {
    self.start = start
    planned = plan.duration
    let seconds = (plan.duration.inSeconds / Double(Self.mostIntervals)).rounded(.up)
    intervalLength = .seconds(max(1, seconds))
    intervalCount = max(1, Int((plan.duration / intervalLength).rounded(.up)))
    state = Mutex(
      (
        kinds: kinds.map { Kind(name: $0) },
        intervals: Array(repeating: Interval(), count: intervalCount)
      ))
  }

  /// Counts an answer.
  func record(
    _ answer: LoadAnswer, due: ContinuousClock.Instant, ended: ContinuousClock.Instant
  ) {
    let latency = due.duration(to: ended).inMicroseconds
    let (dueIn, endedIn) = (interval(due), interval(ended))
    state.withLock { state in
      if let error = answer.error {
        state.kinds[answer.kind].errors[error, default: 0] += 1
        state.intervals[endedIn].failed += 1
      } else {
        state.kinds[answer.kind].latencies.record(latency)
        state.intervals[dueIn].latencies.record(latency)
        state.intervals[endedIn].succeeded += 1
      }
    }
  }

  func result(notSent: Int, end: ContinuousClock.Instant) -> Result {
    let (kinds, intervals) = state.withLock { $0 }
    return Result(
      kinds: kinds, intervals: intervals, intervalLength: intervalLength, notSent: notSent,
      duration: max(planned, start.duration(to: end)))
  }

  /// What ends after the plan's time counts in the last one.
  private func interval(_ instant: ContinuousClock.Instant) -> Int {
    min(max(0, Int(start.duration(to: instant) / intervalLength)), intervalCount - 1)
  }
}
