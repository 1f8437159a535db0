/// A user-item pair at a moment, as the formulas of interaction features see it. A plain value of fixed size.
struct PairView {
  /// Shares over an item's categories; NaN where the user has no taste yet or the item no category.
  struct Shares {
    var maximum = Double.nan
    var mean = Double.nan
    var sum = Double.nan
  }

  let taste: TasteView
  /// The item's year; NaN where unknown.
  let year: Double
  /// The item's ln(1 + price); NaN where unknown.
  let logPrice: Double
  /// The item's ln(1 + acts).
  let logActs: Double
  /// Shares of all that the user likes, faded.
  var longTerm = Shares()
  /// Shares of the last items liked.
  var shortTerm = Shares()
  /// The user's share of the item's first category.
  var mainShare = Double.nan
  /// ln(1 + n) of the user's acts in the item's first category.
  var mainLogCount = Double.nan
  /// Part of the item's categories that the user has no act in.
  var newShare = Double.nan
}
