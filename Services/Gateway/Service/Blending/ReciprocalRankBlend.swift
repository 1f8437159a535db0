/// Weighted reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): an item's score is the sum over sources of
/// weight / (constant + rank). It needs no two sources to have scores of one scale.
struct ReciprocalRankBlend: Blend {
  let constant: Float

  func blend(_ lists: [BlendedList], limit: Int, seed: UInt64, into table: inout HitTable) -> [Int]
  {
    for list in lists { add(list, to: &table) }
    return Array(table.order().prefix(limit))
  }

  /// Adds one list; its items' slots.
  @discardableResult
  func add(_ list: BlendedList, to table: inout HitTable) -> [Int32] {
    table.add(list.list, source: list.source) { rank, _ in list.weight / (constant + Float(rank)) }
  }
}
