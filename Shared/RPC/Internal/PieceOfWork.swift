import Synchronization

/// Work for a pool, without its type, as the shim carries it.
///
/// Sendable: it has no state of its own; the compiler cannot know that of a class with heirs.
class AnyPieceOfWork: @unchecked Sendable {
  func run() {}
}

/// Work for a pool, and who waits for it.
///
/// Sendable: `continuation` is set before the pool gets the work, and read only by the thread that
/// comes to it; the rest never changes or is atomic.
final class PieceOfWork<T: Sendable>: AnyPieceOfWork, @unchecked Sendable {
  var continuation: UnsafeContinuation<T, any Error>?
  private let deadline: ContinuousClock.Instant?
  private let work: @Sendable () throws -> T
  private let isCancelled = Atomic(false)

  init(deadline: ContinuousClock.Instant?, _ work: @escaping @Sendable () throws -> T) {
    self.deadline = deadline
    self.work = work
  }

  /// Marks the work as given up; a thread that comes to it answers at once.
  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  override func run() {
    guard let continuation else { return }
    if isCancelled.load(ordering: .relaxed) {
      return continuation.resume(
        throwing: RPCError(.cancelled, "The caller gave up while the work waited."))
    }
    if let deadline, deadline < .now {
      return continuation.resume(
        throwing: RPCError(.deadlineExceeded, "The deadline passed while the work waited."))
    }
    continuation.resume(with: Result { try work() })
  }
}
