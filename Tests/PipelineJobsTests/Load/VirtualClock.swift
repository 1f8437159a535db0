import TestSupport

@testable import PipelineJobs

/// A clock on which time passes only when somebody sleeps or says so: a test of slowness takes no time.
final class VirtualClock: LoadClock {
  let start = ContinuousClock.now
  private let current: Watched<ContinuousClock.Instant>

  init() { current = Watched(start) }

  var now: ContinuousClock.Instant { current.value }

  func sleep(until instant: ContinuousClock.Instant) { move(to: instant) }

  /// It is now that late, if it was not later already.
  func move(to instant: ContinuousClock.Instant) {
    current.update { $0 = max($0, instant) }
  }

  /// It is now so long after the start, if it was not later already.
  func move(to duration: Duration) { move(to: start.advanced(by: duration)) }

  /// Waits until it is so long after the start.
  func reaches(_ duration: Duration) async {
    let instant = start.advanced(by: duration)
    await current.wait { $0 >= instant }
  }
}
