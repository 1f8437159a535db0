/// The weighted sum of the sources' own scores, each brought to 0...1 over its list (CombSUM; Fox and Shaw 1994).
/// The last of a list counts a little above nothing, so that to be found is better than not to be.
struct WeightedBlend: Blend {
  /// What the last of a list counts.
  static let floor: Float = 0.05

  func blend(_ lists: [BlendedList], limit: Int, seed: UInt64, into table: inout HitTable) -> [Int]
  {
    for list in lists {
      let finite = list.list.scores.lazy.filter(\.isFinite)
      let lowest = finite.min() ?? 0
      let extent = (finite.max() ?? 0) - lowest
      table.add(list.list, source: list.source) { _, score in
        guard score.isFinite else { return 0 }
        let share = extent > 0 && extent.isFinite ? (score - lowest) / extent : 1
        return list.weight * (Self.floor + (1 - Self.floor) * share)
      }
    }
    return Array(table.order().prefix(limit))
  }
}
