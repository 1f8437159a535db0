/// A feature of the moment that a request is for. Training and serving both take its value from here.
public enum ContextFeature: String, Sendable, Hashable, CaseIterable {
  /// 0 to 23, UTC.
  case hourOfDay = "hour_of_day"
  /// 0 (Monday) to 6 (Sunday), UTC.
  case dayOfWeek = "day_of_week"
  /// 1 to 31, UTC.
  case dayOfMonth = "day_of_month"
  /// 1 (January) to 12, UTC: the season.
  case monthOfYear = "month_of_year"

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
    case .dayOfMonth: return Float(Self.date(atMilliseconds: time).day)
    case .monthOfYear: return Float(Self.date(atMilliseconds: time).month)
    }
  }

  /// Of the proleptic Gregorian calendar, by Hinnant's `civil_from_days`: years begin in March, so that the day that
  /// comes every four years is a year's last.
  private static func date(atMilliseconds time: Int64) -> (month: Int64, day: Int64) {
    let days = floorDivide(time, 86_400_000) + 719_468
    let dayOfEra = days - floorDivide(days, 146_097) * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    return (
      monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9,
      dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
}
