import Synchronization

/// Counts the loops, bells and connections that live, for leak tests.
enum LiveHandles {
  private static let live = Atomic<Int>(0)

  static var count: Int { live.load(ordering: .acquiring) }
  static func add() { live.wrappingAdd(1, ordering: .acquiringAndReleasing) }
  static func remove() { live.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
}
