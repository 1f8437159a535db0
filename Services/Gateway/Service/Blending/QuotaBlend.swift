/// Reciprocal rank fusion in which each source keeps its reserved places, in its own order; the places that it
/// leaves empty, and all others, go by merged score.
struct QuotaBlend: Blend {
  /// Of reciprocal rank fusion.
  let constant: Float

  func blend(_ lists: [BlendedList], limit: Int, seed: UInt64, into table: inout HitTable) -> [Int]
  {
    let fusion = ReciprocalRankBlend(constant: constant)
    let slots = lists.map { fusion.add($0, to: &table) }
    let order = table.order()
    guard order.count > limit else { return order }
    var chosen = [Bool](repeating: false, count: order.count)
    var free = limit
    for (list, slots) in zip(lists, slots) {
      for slot in slots.prefix(max(0, list.reserved)) where free > 0 && !chosen[Int(slot)] {
        chosen[Int(slot)] = true
        free -= 1
      }
    }
    for slot in order where free > 0 && !chosen[slot] {
      chosen[slot] = true
      free -= 1
    }
    return order.filter { chosen[$0] }
  }
}
