import Catalogue
import Foundation
import RecommendationCore

/// A user at a moment, as the formulas of user features see it.
struct UserView {
  let totals: UserState.Totals
  let timeMilliseconds: Int64
  /// The counts that fade, at the moment.
  let recent: DecayedCounts
  let categoryCount: Int
  /// In nats; NaN where no category is known.
  let categoryEntropy: Double

  init(_ state: UserState, at time: Int64) {
    totals = state.totals
    timeMilliseconds = time
    recent = state.totals.recent.at(time)
    categoryCount = state.categories.count
    let total = state.categories.reduce(0) { $0 + $1.weight }
    categoryEntropy =
      total > 0
      ? state.categories.reduce(0) { sum, category in
        let share = category.weight / total
        return share > 0 ? sum - share * log(share) : sum
      } : .nan
  }
}

/// Numbers about a user's taste that interaction features compare an item with; NaN where unknown.
struct TasteView {
  let meanYear: Double
  let deviationYear: Double
  let meanLogPrice: Double
  let meanPopularity: Double

  init(_ totals: UserState.Totals) {
    meanYear = totals.years.mean
    // A single item says where the taste lies; how wide it is counts as unknown, that is, narrow.
    deviationYear = totals.years.count == 1 ? 0 : totals.years.deviation
    meanLogPrice = totals.prices.mean
    meanPopularity = totals.popularity.mean
  }
}
