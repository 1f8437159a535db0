import RecommendationCore
import StagePipeline

/// Joins the sources' lists: an item once, with every source that found it.
///
/// The merged score is weighted reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): the sum over sources of
/// weight / (constant + rank). It needs no two sources to have scores of one scale. When there are more items
/// than may be ranked, each source keeps its reserved places, in its own order; the places that it leaves empty,
/// and all others, go by merged score.
struct QuotaMerger: CandidateMerger {
  let policy: Policy

  func merge(_ answers: [[RetrievedList]], for query: inout RecommendQuery) throws
    -> [SlateCandidate]
  {
    let lists = answers.flatMap { $0 }
    var table = HitTable(capacity: lists.reduce(0) { $0 + $1.items.count })
    for (index, list) in lists.enumerated() {
      let source = policy.sources.first { $0.name == list.source }
      table.add(
        list, source: UInt16(truncatingIfNeeded: index), weight: source?.weight ?? 1,
        constant: policy.fusionConstant)
      query.took(list.source, version: list.version)
    }
    let order = table.order()
    let limit = query.narrowed(policy.candidateLimit)
    let chosen =
      order.count <= limit ? nil : choose(limit, from: order, lists: lists, table: &table)
    let candidates = table.candidates(order, chosen: chosen, provenance: &query.provenance)
    query.provenance.sources = lists.map(\.source)
    return candidates
  }

  /// Which slots are in when not all can be.
  private func choose(
    _ limit: Int, from order: [Int], lists: [RetrievedList], table: inout HitTable
  ) -> [Bool] {
    var chosen = [Bool](repeating: false, count: order.count)
    var free = limit
    for list in lists {
      var reserved = policy.sources.first { $0.name == list.source }?.reserved ?? 0
      for key in list.items where reserved > 0 && free > 0 {
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
    return chosen
  }
}
