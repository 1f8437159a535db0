import Catalogue

/// An item at a moment, as the formulas of item features see it. A plain value of fixed size.
struct ItemView {
  let state: ItemState
  let timeMilliseconds: Int64
  /// The counts that fade, at the moment.
  let recent: DecayedCounts
  /// NaN where unknown.
  let year: Double
  /// ln(1 + price); NaN where unknown.
  let logPrice: Double
  /// NaN where the catalogue does not have the item.
  let categoryCount: Double

  init(_ state: ItemState, _ facts: FactsBatch.Row, at time: Int64) {
    self.state = state
    timeMilliseconds = time
    recent = state.recent.at(time)
    year = facts.year
    logPrice = facts.logPrice
    categoryCount = facts.isKnown ? Double(facts.categoryEnd - facts.categoryStart) : .nan
  }
}
