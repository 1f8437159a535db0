import Foundation

/// Nothing came of what a test waited for.
public struct WaitedInVain: Error {
  /// What it was.
  public var file: String
  /// And where.
  public var line: Int
}

/// Waits for what nobody tells of: looks again each time that all others have had their turn.
///
/// What can be told of is better waited for with ``Watched`` or ``Gate``.
///
/// - Throws: ``WaitedInVain`` after minutes, which no machine is too busy for, so that a test that fails ends.
public func eventually(
  file: String = #fileID, line: Int = #line, _ isSo: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(180)
  while try await !isSo() {
    guard ContinuousClock.now < end else { throw WaitedInVain(file: file, line: line) }
    await Task.yield()
  }
}

/// How long a thread was at work, whatever else the machine did.
public enum ThreadClock {
  /// Of the thread that asks.
  public static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}

/// Does what blocks on a thread of its own: the few threads of async functions must not wait for one another.
public func onThread<Result: Sendable>(
  _ body: @escaping @Sendable () -> Result
) async -> Result {
  await withCheckedContinuation { continuation in
    Thread.detachNewThread { continuation.resume(returning: body()) }
  }
}
