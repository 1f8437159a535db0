import Foundation
internal import Histogram
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
    try plan.validate()
    let run = LoadRun(plan, processes)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // A thread of its own, so that no request can hold it up. Linux wakes it up to some 60 µs
        // late, which counts as latency like any other lateness.
        Thread.detachNewThread {
          run.pace(request)
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
private final class LoadRun: Sendable {
  private struct State {
    var histogram = Histogram<UInt64>()
    var errors: [String: Int] = [:]
    var end: ContinuousClock.Instant?
  }

  private let plan: LoadGeneratorPlan
  private let processes: [LoadGeneratorProcess]
  private let state = Mutex(State())
  private let processorTimes = Mutex<(before: [Duration?], after: [Duration?])>(([], []))
  private let room: DispatchSemaphore
  private let isCancelled = Atomic(false)
  private let measuredFrom = Mutex(ContinuousClock.now)

  init(_ plan: LoadGeneratorPlan, _ processes: [LoadGeneratorProcess]) {
    self.plan = plan
    self.processes = processes
    room = DispatchSemaphore(value: plan.maxInFlight)
  }

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// Sends every request when it is due, and returns when the last has ended.
  func pace(_ request: @escaping @Sendable (Int) async throws -> Void) {
    let start = ContinuousClock.now
    let finish = start.advanced(by: plan.warmUp + plan.duration)
    for index in 0..<plan.requestCount where !isCancelled.load(ordering: .relaxed) {
      let due = start.advanced(by: plan.due(index))
      Self.sleep(until: due)
      if index == plan.warmUpCount { beginMeasuring() }
      let isMeasured = index >= plan.warmUpCount
      guard
        room.wait(timeout: .now() + max(0, ContinuousClock.now.duration(to: finish).inSeconds))
          == .success
      else {
        if isMeasured { fail("NOT_SENT") }
        continue
      }
      Task {
        await self.send(index, due, isMeasured, request)
        self.room.signal()
      }
    }
    for _ in 0..<plan.maxInFlight { room.wait() }
    processorTimes.withLock { $0.after = processes.map { $0.cpuTime() } }
    state.withLock { $0.end = .now }
    for _ in 0..<plan.maxInFlight { room.signal() }
  }

  private static func sleep(until instant: ContinuousClock.Instant) {
    let left = ContinuousClock.now.duration(to: instant)
    guard left > .zero else { return }
    Thread.sleep(forTimeInterval: left.inSeconds)
  }

  private func beginMeasuring() {
    processorTimes.withLock { $0.before = processes.map { $0.cpuTime() } }
    measuredFrom.withLock { $0 = .now }
  }

  private func send(
    _ index: Int, _ due: ContinuousClock.Instant, _ isMeasured: Bool,
    _ request: @Sendable (Int) async throws -> Void
  ) async {
    do {
      try await request(index)
      guard isMeasured else { return }
      let latency = due.duration(to: .now).inSeconds * 1e6
      state.withLock { _ = $0.histogram.record(UInt64(max(0, latency))) }
    } catch {
      guard isMeasured else { return }
      fail((error as? RPCError)?.code.description ?? String(describing: type(of: error)))
    }
  }

  private func fail(_ code: String) {
    state.withLock { $0.errors[code, default: 0] += 1 }
  }

  func report() -> LoadGeneratorReport {
    let (histogram, errors, end) = state.withLock { ($0.histogram, $0.errors, $0.end ?? .now) }
    let seconds = measuredFrom.withLock { $0.duration(to: end).inSeconds }
    let succeeded = Int(histogram.totalCount)
    return LoadGeneratorReport(
      requestedPerSecond: plan.requestsPerSecond,
      succeededPerSecond: Double(succeeded) / seconds, seconds: seconds,
      due: plan.requestCount - plan.warmUpCount, succeeded: succeeded, errors: errors,
      latency: .init(histogram), processorTimes: usedByProcesses(requests: succeeded, seconds))
  }

  private func usedByProcesses(
    requests: Int, _ seconds: Double
  ) -> [LoadGeneratorReport.ProcessorTime] {
    let (before, after) = processorTimes.withLock { ($0.before, $0.after) }
    return processes.indices.map { index in
      // A process that was restarted has used less than before: nothing true can be said of it.
      let used: Double? =
        if before.indices.contains(index), let first = before[index], let last = after[index],
          last >= first
        { (last - first).inSeconds } else { nil }
      return LoadGeneratorReport.ProcessorTime(
        name: processes[index].name,
        microsecondsPerRequest: requests > 0 ? used.map { $0 * 1e6 / Double(requests) } : nil,
        coreShare: used.map { $0 / seconds })
    }
  }
}
