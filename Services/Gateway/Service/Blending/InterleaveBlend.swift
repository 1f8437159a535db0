import RecommendationCore

/// Team-draft interleaving (Radlinski, Kurup, Joachims 2008) of any number of lists: in each round every source,
/// in an order drawn anew, puts in its best item that is not in yet. Sources of weight 0 come after all others.
///
/// The merged score is 1 / place.
struct InterleaveBlend: Blend {
  func blend(_ lists: [BlendedList], limit: Int, seed: UInt64, into table: inout HitTable) -> [Int]
  {
    for list in lists { table.add(list.list, source: list.source) { _, _ in 0 } }
    var random = SeededGenerator(seed: seed)
    var order: [Int] = []
    order.reserveCapacity(min(limit, table.count))
    var isIn = [Bool](repeating: false, count: table.count)
    for isWeighted in [true, false] {
      draft(
        lists.filter { ($0.weight > 0) == isWeighted }, limit: limit, &random, &isIn, &order,
        &table)
    }
    for (place, slot) in order.enumerated() { table.setScore(1 / Float(place + 1), of: slot) }
    return order
  }

  private func draft(
    _ lists: [BlendedList], limit: Int, _ random: inout SeededGenerator, _ isIn: inout [Bool],
    _ order: inout [Int], _ table: inout HitTable
  ) {
    var next = [Int](repeating: 0, count: lists.count)
    var open = Array(lists.indices)
    while !open.isEmpty, order.count < limit {
      open.shuffle(using: &random)
      for team in open where order.count < limit {
        let items = lists[team].list.items
        while next[team] < items.count {
          let slot = table.slot(of: items[next[team]])
          next[team] += 1
          guard !isIn[slot] else { continue }
          isIn[slot] = true
          order.append(slot)
          break
        }
      }
      open.removeAll { next[$0] >= lists[$0].list.items.count }
    }
  }
}
