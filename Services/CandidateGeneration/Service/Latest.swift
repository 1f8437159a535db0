import Synchronization

/// The latest of something that is made aside and exchanged whole.
final class Latest<Value: Sendable>: Sendable {
  private let kept = Mutex<Value?>(nil)

  /// What serves now; nil before the first.
  var value: Value? {
    get { kept.withLock { $0 } }
    set {
      // The old one is let go outside the lock: freeing a large one takes time.
      let old = kept.withLock { kept in
        defer { kept = newValue }
        return kept
      }
      withExtendedLifetime(old) {}
    }
  }
}
