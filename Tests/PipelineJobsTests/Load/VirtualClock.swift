import Synchronization

@testable import PipelineJobs

/// A clock on which time passes only when somebody sleeps or says so: a test of slowness takes no time.
final class VirtualClock: LoadClock {
  let start = ContinuousClock.now
  private let current: Mutex<ContinuousClock.Instant>

  init() { current = Mutex(start) }

  var now: ContinuousClock.Instant { current.withLock { $0 } }

  func sleep(until instant: ContinuousClock.Instant) { move(to: instant) }

  /// It is now that late, if it was not later already.
  func move(to instant: ContinuousClock.Instant) {
    current.withLock { $0 = max($0, instant) }
  }

  /// It is now so long after the start, if it was not later already.
  func move(to duration: Duration) { move(to: start.advanced(by: duration)) }
}
