import Foundation

/// How an item does with everyone.
enum ItemPopularityFeatures {
  private static let view = FeatureView(name: "item_popularity", freshnessLimitDays: 365)

  static let declared: [FeatureDeclaration] = [
    view.item("log_count", .logCount, "acts on it so far, ln(1 + n)") { $0.state.logActs },
    view.item(
      "decayed_count_1d", .decayedLogCount(halfLife: .seconds(86_400)),
      "acts on it of about the last day, ln(1 + n)"
    ) { log1p($0.recent.day) },
    view.item(
      "decayed_count_7d", .decayedLogCount(halfLife: .seconds(7 * 86_400)),
      "acts on it of about the last week, ln(1 + n)"
    ) { log1p($0.recent.week) },
    view.item(
      "decayed_count_28d", .decayedLogCount(halfLife: .seconds(28 * 86_400)),
      "acts on it of about the last four weeks, ln(1 + n)"
    ) { log1p($0.recent.month) },
    view.item(
      "trend", .affinity, isFading: true,
      "rate of the last week over the rate of the last four weeks, smoothed"
    ) {
      // At a steady rate a decayed count grows with its half-life: this is then 1.
      $0.state.acts > 0 ? ($0.recent.week * 4 + 5) / ($0.recent.month + 5) : .nan
    },
    view.item("like_share", .share, default: .nan, "part of the acts that are likes, smoothed") {
      $0.state.acts > 0 ? ($0.state.likes + 2.5) / ($0.state.acts + 5) : .nan
    },
    view.item("mean_weight", .mean, default: .nan, "mean of what the acts say, smoothed") {
      $0.state.acts > 0 ? ($0.state.weightSum + 2.5) / ($0.state.acts + 5) : .nan
    },
    view.item("act_rate", .share, default: .nan, "acts for each time shown, smoothed") {
      $0.state.impressions > 0 ? ($0.state.acts + 1) / ($0.state.impressions + 10) : .nan
    },
    view.item("days_since_first", .elapsedDays, default: .nan, "days since the first act on it") {
      daysBetween($0.state.firstMilliseconds, $0.timeMilliseconds)
    },
    view.item("days_since_last", .elapsedDays, default: .nan, "days since the last act on it") {
      daysBetween($0.state.lastMilliseconds, $0.timeMilliseconds)
    },
  ]
}
