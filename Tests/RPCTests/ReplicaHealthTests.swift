import Testing

@testable import RPC

/// When a replica is left out and comes back, by a clock that the test holds.
@Suite struct ReplicaHealthTests {
  private let start = ContinuousClock.now

  private func at(_ milliseconds: Int) -> ContinuousClock.Instant {
    start + .milliseconds(milliseconds)
  }

  @discardableResult
  private func call(
    _ health: inout ReplicaHealth, _ outcome: CallOutcome, from begun: Int, to end: Int,
    typical: Duration? = nil
  ) -> ReplicaHealth.Lesson {
    health.learn(
      outcome, begun: at(begun), at: at(end), typical: typical, policy: OutlierPolicy())
  }

  private func admits(_ health: inout ReplicaHealth, _ milliseconds: Int) -> Bool {
    health.admits(at: at(milliseconds))
  }

  private func leaveOut(_ health: inout ReplicaHealth, _ milliseconds: Int) -> Duration {
    health.leaveOut(at: at(milliseconds), policy: OutlierPolicy())
  }

  @Test func anUnreachableReplicaIsProbedByOneCallAtATime() {
    var health = ReplicaHealth()
    #expect(call(&health, .unreachable, from: 0, to: 0) == .becameUnreachable)
    #expect(!admits(&health, 10))
    #expect(admits(&health, 60))
    #expect(!admits(&health, 61))
    #expect(call(&health, .answered, from: 60, to: 62) == .restored)
    #expect(admits(&health, 63))
  }

  @Test func anAnswerFromBeforeTheFallDoesNotBringItBack() {
    var health = ReplicaHealth()
    call(&health, .unreachable, from: 5, to: 6)
    #expect(call(&health, .answered, from: 0, to: 7) == .nothing)
    #expect(health.isBlocked)
  }

  @Test func silenceCountsOnlyInARow() {
    var health = ReplicaHealth()
    for turn in 0..<4 { #expect(call(&health, .silent, from: turn, to: turn + 1) == .nothing) }
    call(&health, .answered, from: 5, to: 6)
    for turn in 6..<10 { #expect(call(&health, .silent, from: turn, to: turn + 1) == .nothing) }
    #expect(call(&health, .silent, from: 10, to: 11) == .wasSilentTooOften)
  }

  @Test func aRepeatedOutlierIsLeftOutForLonger() {
    var health = ReplicaHealth()
    #expect(leaveOut(&health, 0) == .seconds(1))
    #expect(!admits(&health, 999))
    #expect(admits(&health, 1_001))
    // A probe that is answered late leaves it out; one that is answered in time brings it back.
    #expect(
      call(&health, .answered, from: 1_001, to: 1_900, typical: .milliseconds(2)) == .nothing)
    #expect(health.isOutlier)
    #expect(
      call(&health, .answered, from: 2_100, to: 2_102, typical: .milliseconds(2)) == .restored)
    #expect(leaveOut(&health, 2_200) == .seconds(2))
    call(&health, .answered, from: 4_300, to: 4_301)
    health.endInterval()
    #expect(leaveOut(&health, 9_000) == .seconds(1))
  }

  @Test func percentilesAreWithinACell() throws {
    let window = LatencyWindow(percentile: 0.95, minimumSamples: 100)
    for microseconds in 1...99 { window.add(.microseconds(microseconds * 100)) }
    #expect(window.value == nil)
    for _ in 0..<20 { for value in 1...100 { window.add(.microseconds(value * 100)) } }
    let value = try #require(window.value)
    #expect(value >= .microseconds(9_400) && value <= .microseconds(10_800), "\(value)")
  }

  @Test func aBucketGivesNoMoreThanItEarned() {
    let bucket = TokenBucket(gain: 0.05, capacity: 2)
    var taken = 0
    for _ in 0..<400 {
      bucket.earn()
      if bucket.take() { taken += 1 }
    }
    #expect(taken >= 20 && taken <= 22)
  }

  @Test(arguments: [
    ("127.0.0.1:1,127.0.0.1:2", ["127.0.0.1:1", "127.0.0.1:2"]),
    ("ipv4:1.2.3.4:70, 1.2.3.5:70", ["ipv4:1.2.3.4:70", "ipv4:1.2.3.5:70"]),
    ("127.0.0.1:1", nil), ("dns:///a:1", nil), ("127.0.0.1:1,", nil),
  ])
  func targets(_ target: String, _ expected: [String]?) {
    #expect(ReplicaTargets.parse(target) == expected)
  }
}
