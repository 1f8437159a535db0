import RPC
import ServiceRuntime
import StagePipeline
import Synchronization

/// Keeps batch work out of the way of requests that somebody waits for.
///
/// At most so many users of all batch calls are worked on at once. Before each, batch work waits for a moment with
/// no more than so many interactive requests in flight; but not for ever, so that it comes to its end on a busy day
/// too. What an overloaded gateway does with it is for ``LoadControl/admitBulk()`` to say.
final class BatchPriority: Sendable {
  /// How much batch work may do.
  struct Bounds: Sendable, Equatable {
    /// Users of all batch calls at once.
    var concurrency = 2
    /// Batch calls at once; more are refused.
    var calls = 8
    /// Interactive requests in flight up to which batch work goes on.
    var yieldAbove = 0
    /// Longest wait for a quiet moment, for each user.
    var longestWait: Duration = .milliseconds(50)
    /// Time of each user's slate once it is begun.
    var deadline: Duration = .milliseconds(1_000)
  }

  let bounds: Bounds
  private let interactive = Atomic<Int>(0)
  private let running = Mutex((users: 0, calls: 0))
  private let slots = Turns()
  private let quiet = Turns()

  init(_ bounds: Bounds) { self.bounds = bounds }

  /// Interactive requests in flight.
  var interactiveCount: Int { interactive.load(ordering: .sequentiallyConsistent) }
  /// Users of batch calls that wait for a quiet moment.
  var waitingForQuiet: Int { waiters.load(ordering: .sequentiallyConsistent) }
  /// Batch calls that run now.
  var callsInWork: Int { running.withLock { $0.calls } }
  /// Users of batch calls that are worked on now.
  var usersInWork: Int { running.withLock { $0.users } }

  // MARK: Interactive requests

  /// An interactive request begins. Costs an addition.
  func interactiveBegan() { interactive.add(1, ordering: .sequentiallyConsistent) }

  /// It has ended; users of batches that waited for this may go on.
  func interactiveEnded() {
    let left = interactive.subtract(1, ordering: .sequentiallyConsistent).newValue
    if left <= bounds.yieldAbove, waiters.load(ordering: .sequentiallyConsistent) > 0 {
      while quiet.giveTurn() {}
    }
  }

  private let waiters = Atomic<Int>(0)
  private var isQuiet: Bool { interactiveCount <= bounds.yieldAbove }

  // MARK: Batch work

  /// Runs a batch call.
  ///
  /// - Throws: RESOURCE_EXHAUSTED when there are as many as may be.
  func call<Value>(_ body: () async throws -> Value) async throws -> Value {
    let isAllowed = running.withLock { running in
      guard running.calls < bounds.calls else { return false }
      running.calls += 1
      return true
    }
    guard isAllowed else {
      throw RPCError.resourceExhausted(
        "\(bounds.calls) batch calls are running already.", retryAfter: .seconds(5))
    }
    defer { running.withLock { $0.calls -= 1 } }
    return try await body()
  }

  /// Runs the work for one user, once it is its turn and the moment is quiet.
  ///
  /// - Throws: `CancellationError` when the caller has gone.
  func user<Value>(_ body: () async throws -> Value) async throws -> Value {
    while !takeSlot() {
      let word = await slots.wait { self.usersInWork >= self.bounds.concurrency }
      if word == .cancelled { throw CancellationError() }
    }
    defer {
      running.withLock { $0.users -= 1 }
      slots.giveTurn()
    }
    if !isQuiet {
      waiters.add(1, ordering: .sequentiallyConsistent)
      let word = await quiet.wait(until: .now + bounds.longestWait) { !self.isQuiet }
      waiters.subtract(1, ordering: .sequentiallyConsistent)
      if word == .cancelled { throw CancellationError() }
    }
    try Task.checkCancellation()
    return try await body()
  }

  private func takeSlot() -> Bool {
    running.withLock { running in
      guard running.users < bounds.concurrency else { return false }
      running.users += 1
      return true
    }
  }
}

extension BatchPriority.Bounds {
  /// Reads them; ``GatewayConfiguration/init(settings:)`` lists the keys.
  init(settings: SettingsReader) throws {
    concurrency = try settings.int("batch.concurrency", default: concurrency, in: 1...256)
    calls = try settings.int("batch.calls", default: calls, in: 1...1_000)
    yieldAbove = try settings.int("batch.yield_above", default: yieldAbove, in: 0...100_000)
    longestWait = try settings.milliseconds("batch.longest_wait_ms", default: 50, in: 0...60_000)
    deadline = try settings.milliseconds("batch.deadline_ms", default: 1_000, in: 5...60_000)
  }
}
