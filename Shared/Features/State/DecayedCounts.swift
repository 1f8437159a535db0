import Foundation

/// Counts that fade: each event weighs 2^(-age / half-life). Exact at every moment, because the state is
/// the values and the time for which they hold; reading changes nothing, so the order of reads does not
/// matter.
public struct DecayedCounts: Sendable, Equatable {
  /// Half-life one day.
  public var day = 0.0
  /// Half-life seven days.
  public var week = 0.0
  /// Half-life four weeks.
  public var month = 0.0
  /// The time for which the values hold: that of the newest event.
  public var timeMilliseconds: Int64 = 0

  /// Nothing counted.
  public init() {}

  /// Counts an event. One that comes late, with a time before the newest, counts as faded since then.
  public mutating func add(at time: Int64) {
    let elapsed = Double(time - timeMilliseconds)
    if elapsed >= 0 {
      self = at(time)
      day += 1
      week += 1
      month += 1
      timeMilliseconds = time
    } else {
      let factors = Decay.factors(-elapsed)
      day += factors.day
      week += factors.week
      month += factors.month
    }
  }

  /// The values at a moment. A moment before the newest event gives the values at that event.
  public func at(_ time: Int64) -> DecayedCounts {
    let elapsed = Double(time - timeMilliseconds)
    guard elapsed > 0, month != 0 else { return self }
    var faded = self
    let factors = Decay.factors(elapsed)
    faded.day *= factors.day
    faded.week *= factors.week
    faded.month *= factors.month
    faded.timeMilliseconds = time
    return faded
  }
}

/// Exponential decay by half-life.
enum Decay {
  static let day = 86_400_000.0
  static let week = 7 * day
  static let month = 28 * day
  /// How fast a taste for a category fades.
  static let taste = 90 * day

  /// The factors of a day, a week and four weeks. The half-lives are multiples of each other, so that one
  /// exponential gives all three: 2^(-t/7) = (2^(-t/28))^4, 2^(-t) = (2^(-t/7))^7.
  @inline(__always)
  static func factors(_ elapsedMilliseconds: Double) -> (day: Double, week: Double, month: Double) {
    let month = exp2(-elapsedMilliseconds / Decay.month)
    let square = month * month
    let week = square * square
    let cube = week * week * week
    return (cube * cube * week, week, month)
  }

  static func factor(_ elapsedMilliseconds: Double, halfLife: Double) -> Double {
    exp2(-elapsedMilliseconds / halfLife)
  }
}
