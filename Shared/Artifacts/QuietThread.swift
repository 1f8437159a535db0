import Foundation

/// Runs long work, such as loading a model, on a thread of its own that yields to all others.
///
/// A load is hundreds of milliseconds of work for a core. At the priority of those that serve it would be felt in
/// the tail of every request of that time; at a nice value of 10 it gets what they leave.
public enum QuietThread {
  private static let niceValue: Int32 = 10

  /// Runs work to its end; the caller waits without holding a thread.
  public static func run<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        // On Linux a nice value is the thread's own, and 0 names the thread that calls. Where it is refused the
        // work is only less quiet.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceValue)
        continuation.resume(with: Swift.Result { try work() })
      }
    }
  }
}
