import Foundation
import KeyValueStore
import RecommendationCore
import Redis
import Synchronization

/// The task that writes to Redis: it takes all requests that wait and writes them together, follows what other
/// processes wrote, and keeps events on disk while Redis is away.
final class RedisStoreWriter: Sendable {
  private static let groupLimit = 256
  private typealias Waiter = CheckedContinuation<StoreOutcome, any Error>

  private struct State {
    var requests: [(request: StoreRequest, waiter: Waiter)] = []
    var followers: [CheckedContinuation<Void, any Error>] = []
    var isClosed = false
    var running: Task<Void, Never>?
  }

  private let state = Mutex(State())
  private let wakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  private let committer: RedisCommitter
  private let recovery: RedisRecovery
  private let queue: EventQueue
  private let files: WorkerThread
  private let report: @Sendable (RedisStoreEvent) -> Void
  private let isQueueing = Atomic<Bool>(false)

  init(
    committer: RedisCommitter, queue: EventQueue, files: WorkerThread,
    report: @escaping @Sendable (RedisStoreEvent) -> Void
  ) {
    self.committer = committer
    self.queue = queue
    self.files = files
    self.report = report
    recovery = RedisRecovery(committer: committer, report: report)
    state.withLock { $0.running = Task.detached { [self] in await run() } }
  }

  /// Requests that wait for the writer.
  var waiting: Int { state.withLock { $0.requests.count } }

  /// Writes a request with others.
  func commit(_ request: StoreRequest) async throws -> StoreOutcome {
    try await withCheckedThrowingContinuation { waiter in
      let isTaken = state.withLock { state in
        if !state.isClosed { state.requests.append((request, waiter)) }
        return !state.isClosed
      }
      guard isTaken else {
        return waiter.resume(throwing: StoreError(.closed, "the store has been closed"))
      }
      wakes.continuation.yield()
    }
  }

  /// Returns when what others wrote before the call has been taken in.
  func follow() async throws {
    try await withCheckedThrowingContinuation { waiter in
      let isTaken = state.withLock { state in
        if !state.isClosed { state.followers.append(waiter) }
        return !state.isClosed
      }
      guard isTaken else {
        return waiter.resume(throwing: StoreError(.closed, "the store has been closed"))
      }
      wakes.continuation.yield()
    }
  }

  /// Writes what waits, or puts it on disk, and ends.
  func close() async {
    let running = state.withLock { state in
      state.isClosed = true
      return state.running
    }
    wakes.continuation.finish()
    await running?.value
  }

  private func run() async {
    var wake = wakes.stream.makeAsyncIterator()
    var isOpen = true
    while isOpen {
      isOpen = await wake.next() != nil
      while true {
        let (group, followers) = state.withLock { state in
          let group = Array(state.requests.prefix(Self.groupLimit))
          state.requests.removeFirst(group.count)
          defer { state.followers = [] }
          return (group, state.followers)
        }
        guard !group.isEmpty || !followers.isEmpty else { break }
        await step(group, followers)
      }
    }
  }

  private func step(
    _ group: [(request: StoreRequest, waiter: Waiter)],
    _ followers: [CheckedContinuation<Void, any Error>]
  ) async {
    if !followers.isEmpty {
      do {
        try await recovering { try await committer.follow() }
        for follower in followers { follower.resume() }
      } catch {
        for follower in followers { follower.resume(throwing: Self.unavailable(error)) }
        return await turnAway(group, [], error)
      }
    }
    // What fills the store goes first: until that is done nothing else is taken, the queue's events included.
    await write(group.filter(\.request.isFilling))
    let others = group.filter { !$0.request.isFilling }
    do {
      if queue.count > 0 { try await recovering { try await drain() } }
    } catch {
      return await turnAway(others, [], error)
    }
    await write(others)
  }

  private func write(_ group: [(request: StoreRequest, waiter: Waiter)]) async {
    guard !group.isEmpty else { return }
    var attempts: [UInt64] = []
    do {
      let outcomes = try await recovering {
        do {
          return try await committer.commit(
            group.map(\.request), earlier: attempts, patience: committer.configuration.patience)
        } catch let error as WriteInterrupted {
          attempts = error.attempts
          throw error.cause
        }
      }
      for (index, member) in group.enumerated() {
        member.waiter.resume(
          with: outcomes.map { $0[index] } ?? .failure(StoreError(.writeFailed, "no outcome")))
      }
    } catch {
      await turnAway(group, attempts, error)
    }
  }

  /// Runs work; where the store turns out to be another one, finds it again and runs the work once more.
  private func recovering<Result>(_ work: () async throws -> Result) async throws -> Result {
    if !committer.replica.isLoaded { try await recovery.run() }
    for _ in 0..<3 {
      do {
        return try await work()
      } catch is StoreMoved {
        try await recovery.run()
      }
    }
    return try await work()
  }

  // MARK: While Redis is away

  /// Events go to the disk, in order; everything else is refused.
  private func turnAway(
    _ group: [(request: StoreRequest, waiter: Waiter)], _ attempts: [UInt64], _ error: any Error
  ) async {
    let cause = Self.unavailable(error)
    guard (cause as? FeatureError)?.code == .unavailable else {
      // Not Redis's absence but something wrong with what is in it: waiting would not mend it.
      report(.trouble(cause))
      for member in group { member.waiter.resume(throwing: cause) }
      return
    }
    var events: [Event] = []
    for case .record(let more) in group.map(\.request) { events += more }
    var refusal: (any Error)?
    if !events.isEmpty {
      let (queue, now, all) = (queue, committer.clock(), events)
      do {
        try await files.run { try queue.append(all, attempts: attempts, now: now) }
        if !isQueueing.exchange(true, ordering: .relaxed) { report(.queueing) }
      } catch {
        refusal = error
      }
    }
    for member in group {
      if case .record(let events) = member.request, refusal == nil {
        member.waiter.resume(
          returning: .recorded(
            RecordOutcome(statuses: events.map { _ in .queued }, versions: [:])))
      } else {
        member.waiter.resume(throwing: refusal ?? cause)
      }
    }
  }

  /// Brings the queued events to Redis, the oldest first.
  private func drain() async throws {
    let (queue, clock) = (queue, committer.clock)
    var count = 0
    // Asked first: each attempt is noted on disk before it is made.
    guard try await !committer.reads.isFilling() else {
      throw FeatureError(.unavailable, "the store in Redis is being filled")
    }
    while let found = try await files.run({ try queue.first() }) {
      var entry = found
      do {
        _ = try await committer.commit(
          [.record(entry.events)], earlier: entry.attempts, patience: .zero,
          prepare: { number in
            entry.attempts.append(number)
            let noted = entry
            try await self.files.run { try queue.note(noted, now: clock()) }
          })
      } catch let error as WriteInterrupted {
        throw error.cause
      }
      let done = entry
      try await files.run { try queue.remove(done) }
      count += entry.events.count
    }
    isQueueing.store(false, ordering: .relaxed)
    report(.drained(events: count))
  }

  private static func unavailable(_ error: any Error) -> any Error {
    switch error {
    case let error as RedisError where error.isUnavailable:
      FeatureError(.unavailable, error.message, cause: error)
    case is StoreMoved: FeatureError(.unavailable, "the store in Redis keeps changing its identity")
    default: error
    }
  }
}
