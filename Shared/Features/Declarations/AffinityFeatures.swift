import Foundation

/// How an item fits what its user likes.
enum AffinityFeatures {
  private static let view = FeatureView(
    name: "affinity", defaultValue: .nan, freshnessLimitDays: 365)

  static let declared: [FeatureDeclaration] = [
    view.interaction(
      "category_max", .affinity, "the user's largest share among the item's categories"
    ) { $0.longTerm.maximum },
    view.interaction(
      "category_mean", .affinity, "the user's mean share of the item's categories"
    ) { $0.longTerm.mean },
    view.interaction(
      "category_sum", .affinity, "the user's shares of the item's categories, summed"
    ) { $0.longTerm.sum },
    view.interaction(
      "recent_category_max", .affinity,
      "among the last 10 items liked: the part in the item's most common category"
    ) { $0.shortTerm.maximum },
    view.interaction(
      "recent_category_mean", .affinity,
      "among the last 10 items liked: the part in the item's categories, on the mean"
    ) { $0.shortTerm.mean },
    view.interaction("main_category_share", .share, "the user's share of the item's first category")
    { $0.mainShare },
    view.interaction(
      "main_category_log_count", .logCount,
      "the user's acts in the item's first category, ln(1 + n)"
    ) { $0.mainLogCount },
    view.interaction(
      "new_category_share", .share, "part of the item's categories that are new to the user"
    ) { $0.newShare },
    view.interaction("year_distance", .distance, "years between the item and the user's mean") {
      abs($0.year - $0.taste.meanYear)
    },
    view.interaction(
      "year_deviation", .distance, "the same in the user's standard deviations, with its sign"
    ) { ($0.year - $0.taste.meanYear) / ($0.taste.deviationYear + 1) },
    view.interaction(
      "price_distance", .distance, "ln(1 + price) between the item and the user's mean"
    ) { abs($0.logPrice - $0.taste.meanLogPrice) },
    view.interaction(
      "popularity_distance", .distance,
      "ln(1 + acts) of the item less the mean of what the user likes"
    ) { $0.logActs - $0.taste.meanPopularity },
  ]
}
