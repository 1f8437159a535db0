import Testing

@testable import GatewayService

/// The rules of load control, against a model of a service with a queue, in virtual time.
@Suite struct LoadStateTests {
  /// Requests that a service of one worker is given in an open loop; those that were let in wait in one queue.
  private struct Simulation {
    var state: LoadState
    var now: ContinuousClock.Instant
    var queue: [(arrival: ContinuousClock.Instant, width: Double)] = []
    var served: [Duration] = []
    var refused = 0
    /// Work of a request of full width; half of it goes with the width.
    let work: Duration = .milliseconds(2)

    init(_ policy: LoadPolicy = LoadPolicy()) {
      now = .now
      state = LoadState(policy: policy, now: now)
    }

    /// Lets `rate` requests a second come for so long.
    mutating func run(rate: Double, for duration: Duration) {
      served = []
      refused = 0
      let end = now + duration
      let gap = Duration.seconds(1 / rate)
      var nextArrival = now
      var busyUntil = now
      while now < end {
        let isArrival = queue.isEmpty || nextArrival <= busyUntil
        now = isArrival ? nextArrival : busyUntil
        if isArrival {
          nextArrival += gap
          if state.admit(.interactive) {
            if queue.isEmpty { busyUntil = now + time(state.width) }
            queue.append((now, state.width))
          } else {
            refused += 1
          }
        } else {
          let done = queue.removeFirst()
          served.append(now - done.arrival)
          _ = state.leave(took: now - done.arrival, wasRefused: false, now: now)
          if let next = queue.first { busyUntil = now + time(next.width) }
        }
      }
    }

    private func time(_ width: Double) -> Duration { work * (0.5 + 0.5 * width) }

    func percentile(_ share: Double) -> Duration {
      let sorted = served.sorted()
      return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
  }

  @Test func belowSaturationNothingIsRefusedOrNarrowed() {
    var simulation = Simulation()
    simulation.run(rate: 400, for: .seconds(10))
    #expect(simulation.refused == 0)
    #expect(simulation.state.width == 1)
  }

  @Test func threeTimesTheSaturatedRateIsServedAsFarAsItGoesAndInTime() {
    var simulation = Simulation()
    // Saturated at 500 a second in full width.
    simulation.run(rate: 1_500, for: .seconds(5))
    simulation.run(rate: 1_500, for: .seconds(10))
    #expect(Double(simulation.served.count) / 10 >= 500 * 0.95)
    #expect(simulation.percentile(0.99) < .milliseconds(150))
    #expect(simulation.state.width < 1)
    #expect(simulation.refused > 0)
  }

  @Test func itRecoversWithinSeconds() {
    var simulation = Simulation()
    simulation.run(rate: 1_500, for: .seconds(10))
    simulation.run(rate: 200, for: .seconds(3))
    #expect(simulation.state.width == 1)
    simulation.run(rate: 200, for: .seconds(1))
    #expect(simulation.refused == 0)
  }

  @Test(arguments: [Duration.milliseconds(2), .milliseconds(90)])
  func whereFewRequestsComeItRecoversAsSoon(_ took: Duration) {
    var now = ContinuousClock.now
    var state = LoadState(policy: LoadPolicy(), now: now)
    for _ in 0..<20 {
      _ = state.admit(.interactive)
      now += .milliseconds(100)
      _ = state.leave(took: .milliseconds(1), wasRefused: true, now: now)
    }
    #expect(state.width == LoadPolicy().minimumWidth)
    // Three requests a second, be they slow.
    for _ in 0..<9 {
      _ = state.admit(.interactive)
      now += .milliseconds(333)
      _ = state.leave(took: took, wasRefused: false, now: now)
    }
    #expect(state.width == 1)
  }

  @Test func aFewSlowRequestsAreNoOverload() {
    var state = LoadState(policy: LoadPolicy(), now: .now)
    var now = ContinuousClock.now
    for _ in 0..<100 {
      let isAdmitted = state.admit(.interactive)
      #expect(isAdmitted)
      now += .milliseconds(300)
      _ = state.leave(took: .milliseconds(300), wasRefused: false, now: now)
    }
    #expect(state.width == 1)
  }

  @Test func whatServicesBehindRefuseNarrowsToo() {
    var state = LoadState(policy: LoadPolicy(), now: .now)
    _ = state.admit(.interactive)
    let ended = state.leave(
      took: .milliseconds(1), wasRefused: true, now: .now + .milliseconds(200))
    #expect(ended)
    #expect(state.width < 1)
  }

  @Test func bulkWorkWaitsWhereInteractiveRequestsDoNot() {
    var policy = LoadPolicy()
    policy.minimumInFlight = 4
    policy.maximumInFlight = 4
    var state = LoadState(policy: policy, now: .now)
    func admit(_ priorities: [LoadPriority]) -> [Bool] { priorities.map { state.admit($0) } }
    // Up to half of the limit, and what it takes is not taken from others.
    #expect(admit([.bulk, .bulk, .bulk]) == [true, true, false])
    #expect(
      admit(Array(repeating: .interactive, count: 5)) == [true, true, true, true, false])
    #expect(admit([.bulk]) == [false])
    for _ in 0..<2 { _ = state.leave(.bulk, took: nil, wasRefused: false, now: .now) }
    #expect(admit([.bulk, .interactive]) == [false, false])
    _ = state.leave(took: nil, wasRefused: false, now: .now)
    #expect(admit([.bulk]) == [false])
    for _ in 0..<2 { _ = state.leave(took: nil, wasRefused: false, now: .now) }
    #expect(admit([.bulk]) == [true])
  }

  @Test func underOverloadBulkWorkStopsUntilNobodyIsThere() {
    var now = ContinuousClock.now
    var state = LoadState(policy: LoadPolicy(), now: now)
    func admit(_ priority: LoadPriority) -> Bool { state.admit(priority) }
    #expect(admit(.interactive) && admit(.interactive))
    now += .milliseconds(200)
    _ = state.leave(took: .milliseconds(1), wasRefused: true, now: now)
    #expect(!state.isRelaxed)
    #expect(!admit(.bulk))
    _ = state.leave(took: nil, wasRefused: false, now: now)
    // One at a time, and its good time leads back to full width.
    var slates = 0
    while !state.isRelaxed, slates < 1_000 {
      #expect(admit(.bulk))
      let isAlone = state.isRelaxed || !state.hasRoom(.bulk)
      #expect(isAlone)
      now += .milliseconds(3)
      _ = state.leave(.bulk, took: .milliseconds(3), wasRefused: false, now: now)
      slates += 1
    }
    #expect(slates < 1_000)
  }
}
