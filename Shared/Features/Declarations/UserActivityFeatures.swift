import Foundation

/// How much a user does, and when.
enum UserActivityFeatures {
  private static let view = FeatureView(name: "user_activity", freshnessLimitDays: 365)

  static let declared: [FeatureDeclaration] = [
    view.user("log_count", .logCount, "acts so far, ln(1 + n)") { log1p($0.totals.acts) },
    view.user(
      "decayed_count_1d", .decayedLogCount(halfLife: .seconds(86_400)),
      "acts of about the last day, ln(1 + n)"
    ) { log1p($0.recent.day) },
    view.user(
      "decayed_count_7d", .decayedLogCount(halfLife: .seconds(7 * 86_400)),
      "acts of about the last week, ln(1 + n)"
    ) { log1p($0.recent.week) },
    view.user(
      "decayed_count_28d", .decayedLogCount(halfLife: .seconds(28 * 86_400)),
      "acts of about the last four weeks, ln(1 + n)"
    ) { log1p($0.recent.month) },
    view.user("mean_weight", .mean, "mean of what the acts say, from -1 to 1.5") {
      $0.totals.acts > 0 ? $0.totals.weightSum / $0.totals.acts : .nan
    },
    view.user("like_share", .share, "part of the acts that say clearly that the item was liked") {
      $0.totals.acts > 0 ? $0.totals.likes / $0.totals.acts : .nan
    },
    view.user("act_rate", .share, default: .nan, "acts for each item shown, smoothed") {
      $0.totals.impressions > 0 ? ($0.totals.acts + 1) / ($0.totals.impressions + 10) : .nan
    },
    view.user("days_since_last", .elapsedDays, default: .nan, "days since the last act") {
      daysBetween($0.totals.lastMilliseconds, $0.timeMilliseconds)
    },
    view.user("days_since_first", .elapsedDays, default: .nan, "days since the first act") {
      daysBetween($0.totals.firstMilliseconds, $0.timeMilliseconds)
    },
  ]
}

/// Days from one time to another; NaN where the first is none of both "never" values.
func daysBetween(_ start: Int64, _ end: Int64) -> Double {
  start == .min || start == .max ? .nan : max(Double(end - start), 0) / Decay.day
}
