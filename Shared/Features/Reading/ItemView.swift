import Catalogue
import Foundation

/// An item at a moment, as the formulas of item features see it. A plain value of fixed size.
struct ItemView {
  let state: ItemState
  let timeMilliseconds: Int64
  /// The counts that fade, at the moment.
  let recent: DecayedCounts
  /// ln(1 + acts).
  let logCount: Double
  /// NaN where unknown.
  let year: Double
  /// ln(1 + price); NaN where unknown.
  let logPrice: Double
  /// NaN where the catalogue does not have the item.
  let categoryCount: Double

  init(_ state: ItemState, _ facts: ItemFacts?, at time: Int64) {
    self.state = state
    timeMilliseconds = time
    recent = state.recent.at(time)
    logCount = log1p(state.acts)
    year = facts?.year.map(Double.init) ?? .nan
    logPrice = facts?.price.map { log1p($0) } ?? .nan
    categoryCount = facts.map { Double($0.categories.count) } ?? .nan
  }
}
