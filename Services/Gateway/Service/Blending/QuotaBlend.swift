/// Reciprocal rank fusion in which each source keeps its reserved places, in its own order; the places that it
/// leaves empty, and all others, go by merged score.
struct QuotaBlend: Blend {
  /// Of reciprocal rank fusion.
  let constant: Float

  func blend(_ lists: [BlendedList], limit: Int, seed: UInt64, into table: inout HitTable) -> [Int]
  {
    let order = ReciprocalRankBlend(constant: constant).fused(lists, into: &table)
    guard order.count > limit else { return order }
    var chosen = [Bool](repeating: false, count: order.count)
    var free = limit
    for list in lists {
      var reserved = list.reserved
      for key in list.list.items where reserved > 0 && free > 0 {
        reserved -= 1
        let slot = table.slot(of: key)
        if !chosen[slot] {
          chosen[slot] = true
          free -= 1
        }
      }
    }
    for slot in order where free > 0 && !chosen[slot] {
      chosen[slot] = true
      free -= 1
    }
    return order.filter { chosen[$0] }
  }
}
