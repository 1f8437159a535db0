import Foundation

/// When it is, and waiting until later. Tests bring one of their own, on which no time passes by itself.
protocol LoadClock: Sendable {
  /// This moment.
  var now: ContinuousClock.Instant { get }
  /// Returns when it is that late; at once where it is already.
  func sleep(until instant: ContinuousClock.Instant)
}

/// The machine's own clock. Linux wakes a sleeper some 60 µs late; reports show it as lag.
struct SystemLoadClock: LoadClock {
  var now: ContinuousClock.Instant { .now }

  func sleep(until instant: ContinuousClock.Instant) {
    let left = ContinuousClock.now.duration(to: instant)
    guard left > .zero else { return }
    Thread.sleep(forTimeInterval: left.inSeconds)
  }
}

extension Duration {
  /// In seconds.
  var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }

  /// In whole microseconds, never negative.
  var inMicroseconds: UInt64 { UInt64(max(0, inSeconds * 1e6)) }
}
