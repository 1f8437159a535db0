import Foundation

/// What a user likes. Only acts that speak for their item count.
enum UserTasteFeatures {
  private static let view = FeatureView(
    name: "user_taste", defaultValue: .nan, freshnessLimitDays: 365)

  static let declared: [FeatureDeclaration] = [
    view.user("category_count", .logCount, default: 0, "distinct categories, ln(1 + n)") {
      log1p(Double($0.categoryCount))
    },
    view.user("category_entropy", .entropy, "entropy of the categories' shares, in nats") {
      $0.categoryEntropy
    },
    view.user("mean_year", .mean, "mean year of the items") { $0.totals.years.mean },
    view.user("deviation_year", .deviation, "standard deviation of the items' years") {
      $0.totals.years.deviation
    },
    view.user("mean_log_price", .mean, "mean of the items' ln(1 + price)") {
      $0.totals.prices.mean
    },
    view.user("deviation_log_price", .deviation, "standard deviation of the items' ln(1 + price)") {
      $0.totals.prices.deviation
    },
    view.user(
      "mean_popularity", .mean, "mean of the items' ln(1 + acts), as it was at the time"
    ) { $0.totals.popularity.mean },
  ]
}
