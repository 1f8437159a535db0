/// A feature of the moment that a request is for. Training and serving both take its value from here.
public enum ContextFeature: String, Sendable, Hashable, CaseIterable {
  /// 0 to 23, UTC.
  case hourOfDay = "hour_of_day"
  /// 0 (Monday) to 6 (Sunday), UTC.
  case dayOfWeek = "day_of_week"

  /// Its value at a moment, Unix time in milliseconds.
  public func value(atMilliseconds time: Int64) -> Float {
    switch self {
    case .hourOfDay:
      let hours = Self.floorDivide(time, 3_600_000)
      return Float(hours - Self.floorDivide(hours, 24) * 24)
    case .dayOfWeek:
      // 1 January 1970 was a Thursday, day 3.
      let days = Self.floorDivide(time, 86_400_000) + 3
      return Float(days - Self.floorDivide(days, 7) * 7)
    }
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}
