import Foundation
import RPC
import Synchronization
import Testing

@testable import PipelineJobs

@Suite struct LoadGeneratorTests {
  private final class Counter: Sendable {
    private let count = Mutex((now: 0, most: 0, all: 0))
    func begin() {
      count.withLock {
        $0.now += 1
        $0.all += 1
        $0.most = max($0.most, $0.now)
      }
    }
    func end() { count.withLock { $0.now -= 1 } }
    var most: Int { count.withLock { $0.most } }
    var all: Int { count.withLock { $0.all } }
  }

  @Test func everyRequestOfThePlanIsSentOnceAndTheWarmUpIsNotCounted() async throws {
    let numbers = Mutex<[Int]>([])
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 500, duration: .milliseconds(300), warmUp: .milliseconds(100))
    let report = try await LoadGenerator.run(plan) { number in
      numbers.withLock { $0.append(number) }
    }
    #expect(numbers.withLock { $0.sorted() } == Array(0..<200))
    #expect(report.due == 150)
    #expect(report.succeeded == 150)
    #expect(report.failed == 0)
  }

  @Test func latencyCountsFromWhenARequestWasDue() async throws {
    // One at a time, 20 ms each, due every 10 ms: the n-th waits for those before it, so the last
    // ones are late by far more than the 20 ms that each takes.
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 100, duration: .milliseconds(200), maxInFlight: 1)
    let report = try await LoadGenerator.run(plan) { _ in
      try await Task.sleep(for: .milliseconds(20))
    }
    let latency = try #require(report.latency)
    #expect(latency.maxMicroseconds > 70_000)
    #expect(latency.p50Microseconds > 30_000)
    #expect(report.errors["NOT_SENT", default: 0] > 0)
    #expect(report.succeeded + report.failed == report.due)
  }

  @Test func aSlowServerDoesNotSlowTheArrivals() async throws {
    let counter = Counter()
    let plan = LoadGeneratorPlan(requestsPerSecond: 200, duration: .milliseconds(250))
    let report = try await LoadGenerator.run(plan) { _ in
      counter.begin()
      try await Task.sleep(for: .milliseconds(100))
      counter.end()
    }
    #expect(report.succeeded == 50)
    // At 200 a second and 100 ms each, about 20 are under way.
    #expect(counter.most >= 10)
  }

  @Test func neverMoreThanAllowedAreUnderWay() async throws {
    let counter = Counter()
    let plan = LoadGeneratorPlan(
      requestsPerSecond: 1000, duration: .milliseconds(100), maxInFlight: 3)
    _ = try await LoadGenerator.run(plan) { _ in
      counter.begin()
      try await Task.sleep(for: .milliseconds(2))
      counter.end()
    }
    #expect(counter.most <= 3)
  }

  @Test func errorsAreCountedByCode() async throws {
    struct Odd: Error {}
    let plan = LoadGeneratorPlan(requestsPerSecond: 1000, duration: .milliseconds(90))
    let report = try await LoadGenerator.run(plan) { number in
      switch number % 3 {
      case 0: throw RPCError(.unavailable, "down")
      case 1: throw Odd()
      default: return
      }
    }
    #expect(report.errors == ["UNAVAILABLE": 30, "Odd": 30])
    #expect(report.succeeded == 30)
    #expect(report.description.contains("UNAVAILABLE: 30"))
  }

  @Test func aPlanThatCannotBeCarriedOutIsRefused() async {
    for plan in [
      LoadGeneratorPlan(requestsPerSecond: 0, duration: .seconds(1)),
      LoadGeneratorPlan(requestsPerSecond: .nan, duration: .seconds(1)),
      LoadGeneratorPlan(requestsPerSecond: 10, duration: .zero),
      LoadGeneratorPlan(requestsPerSecond: 10, duration: .seconds(1), maxInFlight: 0),
    ] {
      await #expect(throws: LoadGeneratorError.self) { try await LoadGenerator.run(plan) { _ in } }
    }
  }

  @Test func processorTimeIsReadPastAnOddName() {
    let stat = "12 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0"
    let time = LoadGeneratorProcess.cpuTime(stat: stat, ticksPerSecond: 100)
    #expect(time == .seconds(3))
    #expect(LoadGeneratorProcess.cpuTime(stat: "12 (a) S 1", ticksPerSecond: 100) == nil)
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
  }
}
