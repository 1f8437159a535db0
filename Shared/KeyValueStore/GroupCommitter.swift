import Foundation
import Synchronization

/// Many concurrent writers, one synced write.
///
/// Requests queue up; a thread of its own takes all that wait, hands them to the commit closure, which
/// writes them as one, and only then resumes their callers. While a write is on its way to the disk the
/// next group gathers, so the more writers there are, the fewer writes each needs. No caller's thread
/// ever blocks.
public final class GroupCommitter<Request: Sendable, Outcome: Sendable>: Sendable {
  /// Writes a group. Returns one outcome a request, in order; an error is given to all of them.
  public typealias Commit = @Sendable ([Request]) throws -> [Result<Outcome, any Error>]

  private let queue: CommitQueue<Request, Outcome>

  /// Starts the writer.
  ///
  /// - Parameters:
  ///   - name: of its thread.
  ///   - groupLimit: at most so many requests are written together.
  ///   - commit: runs on the writer's thread only.
  public init(name: String, groupLimit: Int = 4_096, commit: @escaping Commit) {
    let queue = CommitQueue<Request, Outcome>(groupLimit: max(groupLimit, 1))
    self.queue = queue
    let thread = Thread { queue.run(commit) }
    thread.name = name
    thread.start()
  }

  /// Requests that wait for the writer.
  public var waiting: Int { queue.waiting }

  /// Hands in a request and waits until it is written.
  ///
  /// - Throws: what the commit closure threw, or ``StoreError`` when the committer is closed.
  public func commit(_ request: Request) async throws -> Outcome {
    try await withCheckedThrowingContinuation { queue.add(request, $0) }
  }

  /// Writes what waits and ends the thread; requests from now on are refused. Blocks until it is done.
  public func close() { queue.close() }

  deinit { queue.stop() }
}

/// The part that the writer's thread holds, so that the committer itself can go away.
private final class CommitQueue<Request: Sendable, Outcome: Sendable>: Sendable {
  typealias Waiter = CheckedContinuation<Outcome, any Error>
  private struct State {
    var pending: [(request: Request, waiter: Waiter)] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private let groupLimit: Int

  init(groupLimit: Int) { self.groupLimit = groupLimit }

  var waiting: Int { state.withLock { $0.pending.count } }

  func add(_ request: Request, _ waiter: Waiter) {
    let isAdded = state.withLock { state in
      if state.isClosed { return false }
      state.pending.append((request, waiter))
      return true
    }
    guard isAdded else {
      return waiter.resume(throwing: StoreError(.closed, "the writer has been closed"))
    }
    wake.signal()
  }

  func stop() {
    state.withLock { $0.isClosed = true }
    wake.signal()
  }

  func close() {
    stop()
    ended.wait()
    ended.signal()
  }

  func run(_ commit: GroupCommitter<Request, Outcome>.Commit) {
    while true {
      wake.wait()
      let (group, isClosed) = state.withLock { state in
        let group = Array(state.pending.prefix(groupLimit))
        state.pending.removeFirst(group.count)
        return (group, state.isClosed && state.pending.isEmpty)
      }
      if !group.isEmpty { write(group, commit) }
      if isClosed { break }
    }
    ended.signal()
  }

  private func write(
    _ group: [(request: Request, waiter: Waiter)], _ commit: GroupCommitter<Request, Outcome>.Commit
  ) {
    do {
      let outcomes = try commit(group.map(\.request))
      for (index, member) in group.enumerated() {
        guard index < outcomes.count else {
          let error = StoreError(.writeFailed, "the writer gave no outcome")
          member.waiter.resume(throwing: error)
          continue
        }
        member.waiter.resume(with: outcomes[index])
      }
    } catch {
      for member in group { member.waiter.resume(throwing: error) }
    }
  }
}

extension GroupCommitter where Request == WriteBatch, Outcome == Void {
  /// A committer of plain batches: each is on disk when its caller goes on.
  public convenience init(database: Database, groupLimit: Int = 4_096) {
    self.init(name: "group-commit", groupLimit: groupLimit) { batches in
      var all = WriteBatch()
      for batch in batches { all.append(batch) }
      try database.write(all, durability: .synced)
      return batches.map { _ in .success(()) }
    }
  }
}
