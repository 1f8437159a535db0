/// What is known of one replica: whether it may be called, and how it did of late. A value without I/O, so that
/// every rule can be tested by the clock that the test gives.
struct ReplicaHealth: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// Why no calls go to it.
  private enum Block: Equatable {
    /// It could not be reached.
    case unreachable
    /// It is an outlier.
    case outlier
  }

  /// How the calls of an interval went.
  struct Tally: Sendable {
    var calls = 0
    var failures = 0
    var time: Duration = .zero

    var errorRate: Double { calls == 0 ? 0 : Double(failures) / Double(calls) }
    var meanTime: Duration { calls == 0 ? .zero : time / calls }

    static func + (left: Tally, right: Tally) -> Tally {
      Tally(
        calls: left.calls + right.calls, failures: left.failures + right.failures,
        time: left.time + right.time)
    }
  }

  /// Waits before a replica that cannot be reached is tried again.
  private static let reachPause: (first: Duration, longest: Duration) = (
    .milliseconds(50), .milliseconds(500)
  )

  private var block: Block?
  private var blockedSince: Instant = .now
  private var blockedUntil: Instant = .now
  private var pause: Duration = .zero
  /// Calls in a row that it let go by.
  private(set) var silentInARow = 0
  private(set) var tally = Tally()

  /// Whether it is left out as an outlier.
  var isOutlier: Bool { block == .outlier }
  /// Whether it is left out.
  var isBlocked: Bool { block != nil }

  /// Whether a call may go to it. When the time of a block is up, the first to ask is the probe; the others wait
  /// for what becomes of it.
  mutating func admits(at now: Instant) -> Bool {
    guard block != nil else { return true }
    guard now >= blockedUntil else { return false }
    blockedUntil = now + max(pause, .milliseconds(50))
    return true
  }

  /// What a call taught.
  enum Lesson: Equatable {
    case nothing
    /// Just now it could not be reached.
    case becameUnreachable
    /// It was silent too often in a row.
    case wasSilentTooOften
    case restored
  }

  /// Learns from a call that took so long.
  ///
  /// - Parameters:
  ///   - begun: when the call left: a call from before a block says nothing about its end.
  ///   - typical: the siblings' mean time, where known: a probe that is answered far later does not bring the
  ///     replica back.
  mutating func learn(
    _ outcome: CallOutcome, begun: Instant, at now: Instant, typical: Duration?,
    policy: OutlierPolicy?
  ) -> Lesson {
    switch outcome {
    case .nothing: return .nothing
    case .unreachable: return becomeUnreachable(at: now)
    case .answered, .failed, .silent:
      tally.calls += 1
      tally.time += now - begun
      if outcome != .answered { tally.failures += 1 }
    }
    silentInARow = outcome == .silent ? silentInARow + 1 : 0
    if let block, begun >= blockedSince, outcome == .answered {
      let isFast = typical.map { now - begun <= $0 * 2 + .milliseconds(5) } ?? true
      if block == .unreachable || isFast {
        self.block = nil
        return .restored
      }
    }
    if let policy, block == nil, silentInARow >= policy.silentCalls { return .wasSilentTooOften }
    return .nothing
  }

  private mutating func becomeUnreachable(at now: Instant) -> Lesson {
    silentInARow = 0
    let isNew = block == nil
    if isNew {
      block = .unreachable
      blockedSince = now
      pause = Self.reachPause.first
    } else if block == .unreachable {
      pause = min(pause * 2, Self.reachPause.longest)
    }
    blockedUntil = now + pause
    return isNew ? .becameUnreachable : .nothing
  }

  /// Leaves it out as an outlier; each time in a row for twice as long.
  ///
  /// - Returns: for how long.
  mutating func leaveOut(at now: Instant, policy: OutlierPolicy) -> Duration {
    pause = min(policy.longestPause, max(policy.firstPause, pause * 2))
    block = .outlier
    blockedSince = now
    blockedUntil = now + pause
    silentInARow = 0
    tally = Tally()
    return pause
  }

  /// Ends the interval. A replica that went through one without trouble is no repeat offender any more.
  mutating func endInterval() {
    if block == nil { pause = .zero }
    tally = Tally()
  }
}
