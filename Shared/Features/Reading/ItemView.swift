import Catalogue

/// An item at a moment, as the formulas of item features see it. A plain value of fixed size.
struct ItemView {
  let state: ItemState
  let timeMilliseconds: Int64
  /// The counts that fade, at the moment; as of the last event where no feature asks for them.
  let recent: DecayedCounts
  /// NaN where unknown.
  let year: Double
  /// ln(1 + price); NaN where unknown.
  let logPrice: Double
  /// NaN where the catalogue does not have the item.
  let categoryCount: Double

  init(_ state: ItemState, _ facts: FactsBatch.Row, at time: Int64, isFading: Bool) {
    self.state = state
    timeMilliseconds = time
    recent = isFading ? state.recent.at(time) : state.recent
    year = facts.year
    logPrice = facts.logPrice
    categoryCount = facts.isKnown ? Double(facts.categoryEnd - facts.categoryStart) : .nan
  }
}
