import Artifacts
import Synchronization

/// The work that a service does behind its answers: begun at its start, ended at its stop.
public final class BackgroundTasks: Sendable {
  private let tasks = Mutex<[Task<Void, Never>]>([])

  /// No work yet.
  public init() {}

  /// Begins work that goes on until its task is cancelled. It gives way to that of requests.
  public func begin(_ work: @escaping @Sendable () async -> Void) {
    tasks.withLock { $0.append(Task.detached(priority: .utility, operation: work)) }
  }

  /// Begins work that is done again and again, the first time after the pause.
  public func begin(every pause: Duration, _ work: @escaping @Sendable () async -> Void) {
    begin {
      while !Task.isCancelled {
        do {
          try await Task.sleep(for: pause)
        } catch {
          return
        }
        await work()
      }
    }
  }

  /// Begins work that blocks, done again and again: on a thread of its own, of low priority, the first time after the
  /// pause.
  public func begin(every pause: Duration, aside work: @escaping @Sendable () -> Void) {
    begin(every: pause) { try? await QuietThread.run(work) }
  }

  /// Cancels all of it, and waits until it has ended.
  public func stop() async {
    let running = tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for task in running { task.cancel() }
    for task in running { await task.value }
  }
}
