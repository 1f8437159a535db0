import Foundation

/// Tells the time of day.
struct WallClock: Sendable {
  /// Unix time in milliseconds.
  var nowMilliseconds: Int64 { read() }

  private let read: @Sendable () -> Int64

  /// A clock of one's own, as a test needs it whose time is to pass at once.
  init(_ read: @escaping @Sendable () -> Int64) { self.read = read }

  /// The system's.
  static let system = WallClock {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }
}
