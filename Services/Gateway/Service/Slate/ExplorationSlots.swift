import RecommendationCore

/// Puts items that were drawn by chance into their slots of a first page.
///
/// The n-th drawn item goes to the n-th slot. One that stands in the slate by its score already, or that a filter
/// removed, leaves its slot as it was: so the probability of each is exactly that with which it was drawn, times
/// the share of requests that explore.
enum ExplorationSlots {
  /// Changes the slate, and notes who was put in with what probability.
  ///
  /// - Parameters:
  ///   - slate: ordered; stays as long as it is.
  ///   - candidates: those that the slate was chosen from.
  static func place(
    into slate: inout [SlateCandidate], from candidates: [SlateCandidate],
    for query: inout RecommendQuery
  ) {
    guard query.request.explores, query.request.shown.isEmpty else { return }
    let exploration = query.request.exploration
    for (slot, drawn) in zip(exploration.slots, query.provenance.drawn) where slot <= slate.count {
      guard !slate.contains(where: { $0.id == drawn.item }),
        let place = candidates.firstIndex(where: { $0.id == drawn.item })
      else { continue }
      var candidate = candidates[place]
      candidate.rankBefore = Int32(truncatingIfNeeded: place + 1)
      slate.insert(candidate, at: slot - 1)
      slate.removeLast()
      query.explored.append(
        Provenance.Drawn(item: drawn.item, propensity: drawn.propensity * Float(exploration.share)))
    }
    // A later slot may have pushed an earlier guest out at the end.
    let ids = Set(slate.map(\.id))
    query.explored.removeAll { !ids.contains($0.item) }
  }
}
