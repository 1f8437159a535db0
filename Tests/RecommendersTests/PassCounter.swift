import Synchronization

/// Counts from several threads.
final class PassCounter: Sendable {
  private let passes = Mutex(0)

  /// The count, one more than before.
  func next() -> Int {
    passes.withLock {
      $0 += 1
      return $0
    }
  }

  var count: Int { passes.withLock { $0 } }
}
