import Foundation
import RPC
import Synchronization
import TestSupport
import Testing

@testable import PipelineJobs

@Suite struct LoadGeneratorTests {
  /// How many requests are under way, and were at most.
  private final class Counter: Sendable {
    private let count = Mutex((now: 0, most: 0, all: 0))
    /// - Returns: how many have begun.
    @discardableResult func begin() -> Int {
      count.withLock {
        $0.now += 1
        $0.all += 1
        $0.most = max($0.most, $0.now)
        return $0.all
      }
    }
    func end() { count.withLock { $0.now -= 1 } }
    var most: Int { count.withLock { $0.most } }
  }

  private func run(
    _ plan: LoadGeneratorPlan, kinds: [String] = ["request"], _ clock: VirtualClock,
    _ answer: @escaping @Sendable (Int) async -> LoadAnswer
  ) async throws -> LoadGeneratorReport {
    try await LoadGenerator.run(plan, kinds, [], clock, answer)
  }

  @Test func everyRequestOfThePlanIsSentOnceAndTheWarmUpIsNotCounted() async throws {
    let numbers = Mutex<[Int]>([])
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 500, duration: .milliseconds(300), warmUp: .milliseconds(100))
    let report = try await run(plan, VirtualClock()) { number in
      numbers.withLock { $0.append(number) }
      return LoadAnswer(kind: 0)
    }
    #expect(numbers.withLock { $0.sorted() } == Array(0..<200))
    #expect(report.due == 150)
    #expect(report.succeeded == 150)
    #expect(report.failed == 0)
    #expect(report.successShare == 1)
    #expect(report.succeededPerSecond == 500)
  }

  @Test func latencyCountsFromWhenARequestWasDue() async throws {
    // One at a time, 20 ms each, due every 10 ms: the n-th waits for those before it, so it ends at
    // 20 (n + 1) ms although it was due at 10 n.
    let clock = VirtualClock()
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 100, duration: .milliseconds(200), maxInFlight: 1)
    let report = try await run(plan, clock) { number in
      await Task.yield()
      clock.move(to: .milliseconds(20 * (number + 1)))
      return LoadAnswer(kind: 0)
    }
    let latency = try #require(report.latency)
    // Those that had no room before the 200 ms were over never left.
    let sent = report.succeeded
    #expect(sent >= 10)
    #expect(sent + report.errors["NOT_SENT", default: 0] == 20)
    let last = 20_000 * sent - 10_000 * (sent - 1)
    #expect(abs(latency.maxMicroseconds - last) < last / 500)
    #expect(latency.p50Microseconds > 60_000)
  }

  @Test func waitingForRoomIsNotTheGeneratorsLag() async throws {
    // The one that is under way ends only when the sender is about to wait for room.
    let clock = VirtualClock()
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 100, duration: .milliseconds(20), maxInFlight: 1)
    let report = try await run(plan, clock) { number in
      if number == 0 {
        // The second one is due at 10 ms: when the clock says so, the sender is about to wait.
        await clock.reaches(.milliseconds(10))
      }
      return LoadAnswer(kind: 0)
    }
    #expect(report.succeeded == 2)
    #expect(report.generator.lagMaxMicroseconds == 0)
  }

  @Test func aSlowServerDoesNotSlowTheArrivals() async throws {
    // Nobody is answered before all have arrived: a closed loop would never come to its end.
    let (counter, all) = (Counter(), Gate())
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 200, duration: .milliseconds(250), maxInFlight: 50)
    let report = try await run(plan, VirtualClock()) { _ in
      if counter.begin() == 50 { all.open() }
      await all.wait()
      counter.end()
      return LoadAnswer(kind: 0)
    }
    #expect(report.succeeded == 50)
    #expect(counter.most == 50)
    #expect(report.generator.waitedForRoom == 0)
  }

  @Test(arguments: [3, 1]) func neverMoreThanAllowedAreUnderWay(allowed: Int) async throws {
    let counter = Counter()
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 1000, duration: .milliseconds(100), maxInFlight: allowed)
    let report = try await run(plan, VirtualClock()) { _ in
      counter.begin()
      for _ in 0..<10 { await Task.yield() }
      counter.end()
      return LoadAnswer(kind: 0)
    }
    #expect(counter.most <= allowed)
    #expect(report.succeeded + report.failed == 100)
  }

  @Test func aClosedLoopSendsAsManyAsAreAnswered() async throws {
    // Each answer takes 10 ms of the clock: 100 of a second, of which the first half is the warm-up.
    let clock = VirtualClock()
    let counter = Counter()
    let plan = LoadGeneratorPlan.closedLoop(
      inFlight: 1, duration: .milliseconds(500), warmUp: .milliseconds(500))
    let report = try await run(plan, clock) { number in
      counter.begin()
      clock.move(to: .milliseconds(10 * (number + 1)))
      counter.end()
      return LoadAnswer(kind: 0, error: number % 10 == 9 ? "UNAVAILABLE" : nil)
    }
    #expect(counter.most == 1)
    #expect(report.requestedPerSecond == nil)
    #expect(report.due == 50)
    #expect(report.succeeded == 45)
    #expect(report.errors == ["UNAVAILABLE": 5])
    #expect(abs(report.succeededPerSecond - 90) < 0.01)
  }

  @Test func errorsAreCountedByCodeAndByKind() async throws {
    struct Odd: Error {}
    let plan = LoadGeneratorPlan(requestsPerSecond: 1000, duration: .milliseconds(90))
    let report = try await run(plan, kinds: ["good", "bad", "never"], VirtualClock()) { number in
      switch number % 3 {
      case 0: LoadAnswer(kind: 1, error: LoadAnswer.name(of: RPCError(.unavailable, "down")))
      case 1: LoadAnswer(kind: 1, error: LoadAnswer.name(of: Odd()))
      default: LoadAnswer(kind: 0)
      }
    }
    #expect(report.errors == ["UNAVAILABLE": 30, "Odd": 30])
    #expect(report.succeeded == 30)
    #expect(report.description.contains("UNAVAILABLE: 30"))
    #expect(report.kinds.map(\.name) == ["good", "bad"])
    #expect(report.kinds[1].latency == nil)
    #expect(report.kinds[1].errors == report.errors)
  }

  @Test func intervalsSayWhatWasDueAndWhatCameOfIt() async throws {
    // In its second second the server fails.
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 10, duration: .milliseconds(2500), warmUp: .seconds(1))
    let report = try await run(plan, VirtualClock()) { number in
      LoadAnswer(kind: 0, error: (20..<30).contains(number) ? "INTERNAL" : nil)
    }
    #expect(report.intervals.map(\.due) == [10, 10, 5])
    #expect(report.intervals.map(\.succeeded) == [10, 0, 5])
    #expect(report.intervals.map(\.failed) == [0, 10, 0])
    #expect(report.intervals.map(\.start) == [0, 1, 2])
    #expect(report.intervals[2].seconds == 0.5)
    #expect(report.intervals[1].p99Microseconds == nil)
    #expect(report.intervals[0].p99Microseconds != nil)
  }

  @Test func whatTheGeneratorIsLateItselfIsLagAndSaid() async throws {
    // The first request keeps the sending thread for 50 ms of the clock: those due meanwhile leave late.
    let clock = VirtualClock()
    let plan = LoadGeneratorPlan(requestsPerSecond: 1000, duration: .milliseconds(60))
    let report = try await run(plan, clock) { number in
      if number == 0 { clock.move(to: .milliseconds(50)) }
      return LoadAnswer(kind: 0)
    }
    #expect(report.generator.lagMaxMicroseconds >= 48_000)
    #expect(report.generator.waitedForRoom == 0)
    #expect(try #require(report.warning).contains("sent late"))
    #expect(report.description.contains("NOTE"))
  }

  @Test func aPlanThatCannotBeCarriedOutIsRefused() async {
    for plan in [
      LoadGeneratorPlan(requestsPerSecond: 0, duration: .seconds(1)),
      LoadGeneratorPlan(requestsPerSecond: .nan, duration: .seconds(1)),
      LoadGeneratorPlan(requestsPerSecond: 10, duration: .zero),
      LoadGeneratorPlan(requestsPerSecond: 10, duration: .seconds(1), maxInFlight: 0),
      LoadGeneratorPlan.closedLoop(inFlight: 0, duration: .seconds(1)),
    ] {
      await #expect(throws: LoadGeneratorError.self) { try await LoadGenerator.run(plan) { _ in } }
    }
  }

  @Test func aCancelledLoadEnds() async throws {
    let begun = Gate()
    let load = Task {
      try await LoadGenerator.run(
        LoadGeneratorPlan(requestsPerSecond: 1000, duration: .seconds(86_400))
      ) { _ in begun.open() }
    }
    await begun.wait()
    load.cancel()
    await #expect(throws: CancellationError.self) { try await load.value }
  }

  @Test func aProcessesTimeGrowsWithItsWork() throws {
    let own = LoadGeneratorProcess(
      name: "own", processID: ProcessInfo.processInfo.processIdentifier)
    let before = try #require(own.cpuTime())
    // Until the clock of this very thread has gone on for a millisecond.
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    let end = time.tv_sec * 1_000_000_000 + time.tv_nsec + 1_000_000
    while time.tv_sec * 1_000_000_000 + time.tv_nsec < end {
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    }
    let after = try #require(own.cpuTime())
    #expect(after - before >= .milliseconds(1))
  }

  @Test func aProcessThatHasEndedHasNoTime() async throws {
    let folder = try TemporaryDirectory("ended")
    let child = try ChildProcess(
      name: "child", executable: "/bin/sh", arguments: ["-c", "exit 0"], environment: [:],
      logPath: folder.path("log"))
    _ = await child.waitUntilEnd()
    for identifier in [child.processID, -1, 0, .max] {
      #expect(LoadGeneratorProcess(name: "none", processID: identifier).cpuTime() == nil)
    }
  }

  @Test func theMachinesTimeIsReadFromItsFirstLine() throws {
    let earlier = try #require(MachineTime(stat: "cpu  10 0 10 70 10 0 0 0 0 0\ncpu0 1 2"))
    let later = try #require(MachineTime(stat: "cpu  40 0 20 90 20 5 5 20 7 0\n"))
    let machine = try #require(later.since(earlier))
    #expect(abs(machine.busyShare - 0.7) < 1e-9)
    #expect(abs(machine.stolenShare - 0.2) < 1e-9)
    #expect(later.since(later) == nil)
    #expect(MachineTime(stat: "intr 1 2 3") == nil)
  }

  @Test func theProcessorTimeOfALivingProcessIsReportedAndOfAGoneOneIsNot() async throws {
    let own = LoadGeneratorProcess(
      name: "own", processID: ProcessInfo.processInfo.processIdentifier)
    let gone = LoadGeneratorProcess(name: "gone", processID: -1)
    let plan = LoadGeneratorPlan(requestsPerSecond: 200, duration: .milliseconds(100))
    let report = try await LoadGenerator.run(plan, watching: [own, gone]) { _ in }
    #expect(report.processorTimes.map(\.name) == ["own", "gone"])
    #expect(report.processorTimes[0].microsecondsPerRequest != nil)
    #expect(report.processorTimes[1].microsecondsPerRequest == nil)
    #expect(report.microsecondsPerRequest == nil)
    #expect(report.generator.microsecondsPerRequest != nil)
  }
}
