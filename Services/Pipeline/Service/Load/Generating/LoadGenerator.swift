import Foundation
import RPC
import Synchronization

/// Sends requests at a constant rate, whether or not the answers keep up.
///
/// Open loop: when each request is due is fixed in advance, and its latency counts from then, not
/// from when it left. A closed loop, or a clock that starts at the send, waits with a slow server
/// and so leaves out the very requests that suffered ("coordinated omission": Gil Tene, "How NOT to
/// Measure Latency").
public enum LoadGenerator {
  /// Carries out a plan. `request` gets the number of the request and throws when it fails; it
  /// should bound its own time. Latencies are kept in an HdrHistogram of three digits.
  public static func run(
    _ plan: LoadGeneratorPlan, watching processes: [LoadGeneratorProcess] = [],
    request: @escaping @Sendable (Int) async throws -> Void
  ) async throws -> LoadGeneratorReport {
    try await run(plan, kinds: ["request"], watching: processes) { index in
      do {
        try await request(index)
        return LoadAnswer(kind: 0)
      } catch {
        return LoadAnswer(kind: 0, error: LoadAnswer.name(of: error))
      }
    }
  }

  /// Carries out a plan of several kinds of requests. `answer` gets the number of the request,
  /// makes it, and says of which kind it was and how it ended.
  public static func run(
    _ plan: LoadGeneratorPlan, kinds: [String], watching processes: [LoadGeneratorProcess] = [],
    answer: @escaping @Sendable (Int) async -> LoadAnswer
  ) async throws -> LoadGeneratorReport {
    try await run(plan, kinds, processes, SystemLoadClock(), answer)
  }

  static func run(
    _ plan: LoadGeneratorPlan, _ kinds: [String], _ processes: [LoadGeneratorProcess],
    _ clock: some LoadClock, _ answer: @escaping @Sendable (Int) async -> LoadAnswer
  ) async throws -> LoadGeneratorReport {
    try plan.validate()
    let run = LoadRun(plan, kinds, processes, clock)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // A thread of its own, so that no request can hold it up.
        Thread.detachNewThread {
          run.pace(answer)
          continuation.resume()
        }
      }
    } onCancel: {
      run.cancel()
    }
    try Task.checkCancellation()
    return run.report()
  }
}

/// One execution of a plan.
private final class LoadRun<Clock: LoadClock>: Sendable {
  /// Known only to the thread that sends until it has ended.
  private struct Pace {
    var lag = LoadHistogram()
    var waitedForRoom = 0
    var notSent = 0
    var end = ContinuousClock.now
  }

  private let plan: LoadGeneratorPlan
  private let clock: Clock
  private let start: ContinuousClock.Instant
  private let recorder: LoadRecorder
  private let room: DispatchSemaphore
  private let isCancelled = Atomic(false)
  private let pace = Mutex(Pace())
  private let sampler: ProcessorTimeSampler

  init(
    _ plan: LoadGeneratorPlan, _ kinds: [String], _ processes: [LoadGeneratorProcess],
    _ clock: Clock
  ) {
    self.plan = plan
    self.clock = clock
    start = clock.now
    recorder = LoadRecorder(kinds: kinds, plan: plan, from: start.advanced(by: plan.warmUp))
    room = DispatchSemaphore(value: plan.maxInFlight)
    sampler = ProcessorTimeSampler(processes, every: recorder.intervalLength)
  }

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// Sends every request when it is due, and returns when the last has ended.
  func pace(_ answer: @escaping @Sendable (Int) async -> LoadAnswer) {
    var pace = Pace()
    if plan.requestsPerSecond != nil {
      sendAtRate(&pace, answer)
    } else {
      sendWhenFree(&pace, answer)
    }
    for _ in 0..<plan.maxInFlight { room.wait() }
    sampler.end()
    pace.end = clock.now
    self.pace.withLock { $0 = pace }
    // A semaphore must not end below the value that it began with.
    for _ in 0..<plan.maxInFlight { room.signal() }
  }

  private func sendAtRate(
    _ pace: inout Pace, _ answer: @escaping @Sendable (Int) async -> LoadAnswer
  ) {
    let finish = start.advanced(by: plan.warmUp + plan.duration)
    // When there last was room again after a wait for it.
    var freedAt = start
    for index in 0..<plan.requestCount where !isCancelled.load(ordering: .relaxed) {
      let due = start.advanced(by: plan.due(index))
      clock.sleep(until: due)
      if index == plan.warmUpCount { sampler.begin() }
      let isMeasured = index >= plan.warmUpCount
      // The time was up while it waited, and so it is for all after it.
      if freedAt <= finish, room.wait(timeout: .now()) != .success {
        room.wait()
        freedAt = clock.now
        if isMeasured { pace.waitedForRoom += 1 }
        if freedAt > finish { room.signal() }
      }
      guard freedAt <= finish else {
        if isMeasured { pace.notSent += 1 }
        continue
      }
      if isMeasured { pace.lag.record(max(due, freedAt).duration(to: clock.now).inMicroseconds) }
      send(index, due, isMeasured, answer)
    }
  }

  private func sendWhenFree(
    _ pace: inout Pace, _ answer: @escaping @Sendable (Int) async -> LoadAnswer
  ) {
    let measuredFrom = start.advanced(by: plan.warmUp)
    let finish = measuredFrom.advanced(by: plan.duration)
    var isMeasured = false
    for index in 0... where !isCancelled.load(ordering: .relaxed) {
      room.wait()
      let now = clock.now
      guard now < finish else {
        room.signal()
        return
      }
      if !isMeasured, now >= measuredFrom {
        isMeasured = true
        sampler.begin()
      }
      send(index, now, isMeasured, answer)
    }
  }

  /// Starts a request on this thread, up to its first wait; it goes on where its answer comes in. So
  /// a request costs no hop between threads.
  private func send(
    _ index: Int, _ due: ContinuousClock.Instant, _ isMeasured: Bool,
    _ answer: @escaping @Sendable (Int) async -> LoadAnswer
  ) {
    Task.immediate(executorPreference: TransportExecution.executor) {
      let result = await answer(index)
      if isMeasured { self.recorder.record(result, due: due, ended: self.clock.now) }
      self.room.signal()
    }
  }

  func report() -> LoadGeneratorReport {
    let pace = pace.withLock { $0 }
    return LoadGeneratorReport(
      plan, recorder.result(notSent: pace.notSent, end: pace.end), sampler.samples(),
      lag: pace.lag, waitedForRoom: pace.waitedForRoom)
  }
}
