import Synchronization

/// Parts that threads make in any order, put together in the order of their places.
final class ParallelParts<Part: Sendable>: Sendable {
  private let parts = Mutex<[(place: Int, part: Part)]>([])

  /// Adds the part of a place; each place once.
  func add(_ part: Part, at place: Int) {
    parts.withLock { $0.append((place, part)) }
  }

  /// All parts, the lowest place first.
  func inOrder() -> [Part] {
    parts.withLock { $0.sorted { $0.place < $1.place }.map(\.part) }
  }
}
