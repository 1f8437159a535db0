import RecommendationCore

/// All hits of all sources, by item, as columns: the merge's working table.
struct HitTable {
  private var slots: KeySlots
  private var scores: [Float] = []
  private var counts: [Int32] = []
  private var lastSource: [Int32] = []
  private var hits: [(slot: Int32, hit: Provenance.Hit)] = []

  /// Room for so many hits.
  init(capacity: Int) {
    slots = KeySlots(capacity: capacity)
    hits.reserveCapacity(capacity)
    scores.reserveCapacity(capacity)
    counts.reserveCapacity(capacity)
    lastSource.reserveCapacity(capacity)
  }

  /// Adds a source's list. An item that it names twice counts once, at its first place.
  ///
  /// - Parameter gain: what a place of the list, from 1, and its score add to the item's merged score.
  /// - Returns: the slots of the list's items, in its order.
  @inline(__always)
  @discardableResult
  mutating func add(
    _ list: RetrievedList, source: UInt16, gain: (_ rank: Int, _ score: Float) -> Float
  ) -> [Int32] {
    let listSlots = slots.insert(contentsOf: list.items)
    let new = slots.keys.count - scores.count
    scores.append(contentsOf: repeatElement(0, count: new))
    counts.append(contentsOf: repeatElement(0, count: new))
    lastSource.append(contentsOf: repeatElement(-1, count: new))
    for (index, listSlot) in listSlots.enumerated() {
      let slot = Int(listSlot)
      guard lastSource[slot] != Int32(source) else { continue }
      lastSource[slot] = Int32(source)
      scores[slot] += gain(index + 1, list.scores[index])
      counts[slot] += 1
      let hit = Provenance.Hit(
        source: source, rank: Int32(truncatingIfNeeded: index + 1), score: list.scores[index])
      hits.append((listSlot, hit))
    }
    return listSlots
  }

  /// Number of items.
  var count: Int { scores.count }

  /// Sets the merged score of a slot.
  mutating func setScore(_ score: Float, of slot: Int) { scores[slot] = score }

  /// The slot of a key that was added.
  mutating func slot(of key: UInt64) -> Int { slots.insert(key) }

  /// Slots by merged score, best first, ties by item.
  func order() -> [Int] {
    let keys = slots.keys
    var order = ScoreOrder.bestFirst(scores).map { Int($0) }
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
      if end - start > 1 { order[start..<end].sort { keys[$0] < keys[$1] } }
      start = end
    }
    return order
  }

  /// The candidates of some slots, in order, with their hits put into the provenance.
  func candidates(_ order: [Int], provenance: inout Provenance) -> [SlateCandidate] {
    var candidates: [SlateCandidate] = []
    candidates.reserveCapacity(order.count)
    var next = [Int32](repeating: -1, count: scores.count)
    var total: Int32 = 0
    for slot in order {
      candidates.append(
        SlateCandidate(
          id: ItemID(rawValue: slots.keys[slot]), score: scores[slot], firstHit: total,
          hitCount: counts[slot]))
      next[slot] = total
      total += counts[slot]
    }
    provenance.hits = [Provenance.Hit](
      repeating: Provenance.Hit(source: 0, rank: 0, score: 0), count: Int(total))
    for (slot, hit) in hits where next[Int(slot)] >= 0 {
      provenance.hits[Int(next[Int(slot)])] = hit
      next[Int(slot)] += 1
    }
    return candidates
  }
}
