import Synchronization

/// A thread of its own for work that blocks, such as reading files, so that the caller's thread does not.
public final class WorkerThread: Sendable {
  private final class Box<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
  }

  private let queue: GroupCommitter<@Sendable () -> Void, Void>

  /// Starts the thread.
  public init(name: String) {
    queue = GroupCommitter(name: name, groupLimit: 1) { work in
      for item in work { item() }
      return work.map { _ in .success(()) }
    }
  }

  /// Runs work on the thread, after all that was handed in before.
  ///
  /// - Throws: what the work threw, or ``StoreError`` when the worker is closed.
  public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws
    -> Value
  {
    let box = Box<Value>()
    try await queue.commit { box.result.withLock { $0 = Result { try work() } } }
    guard let result = box.result.withLock({ $0 }) else {
      throw StoreError(.closed, "the worker ended")
    }
    return try result.get()
  }

  /// Finishes what waits and ends the thread. Blocks.
  public func close() { queue.close() }
}
