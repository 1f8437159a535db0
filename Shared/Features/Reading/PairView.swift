/// A user-item pair at a moment, as the formulas of interaction features see it.
struct PairView {
  /// Shares over an item's categories; NaN where the user has no taste yet or the item no category.
  struct Shares {
    var maximum = Double.nan
    var mean = Double.nan
    var sum = Double.nan
  }

  let item: ItemView
  let taste: TasteView
  /// Shares of all that the user likes, faded.
  let longTerm: Shares
  /// Shares of the last items liked.
  let shortTerm: Shares
  /// The user's share of the item's first category.
  let mainShare: Double
  /// The user's acts in the item's first category.
  let mainCount: Double
  /// Part of the item's categories that the user has no act in.
  let newShare: Double
}
