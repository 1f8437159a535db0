import RecommendationCore
import StagePipeline

/// Joins the sources' lists: an item once, with every source that found it, in the order of the policy's blend.
///
/// Items that a source drew by chance come after all that the blend chose, unless another source found them too:
/// chance says nothing of how good they are.
struct BlendMerger: CandidateMerger {
  private let blend: any Blend
  private let limit: Int
  private let sources: [String: Policy.Source]

  init(policy: Policy) {
    blend = policy.blend.blend(fusionConstant: policy.fusionConstant)
    limit = policy.candidateLimit
    sources = Dictionary(policy.sources.map { ($0.name, $0) }) { first, _ in first }
  }

  func merge(_ answers: [[RetrievedList]], for query: inout RecommendQuery) throws
    -> [SlateCandidate]
  {
    let lists = answers.flatMap { $0 }
    var table = HitTable(capacity: lists.reduce(0) { $0 + $1.items.count })
    var blended: [BlendedList] = []
    for (index, list) in lists.enumerated() {
      query.took(list.source, version: list.version)
      guard list.propensities.isEmpty else { continue }
      let source = sources[list.source]
      blended.append(
        BlendedList(
          list: list, source: UInt16(truncatingIfNeeded: index), weight: source?.weight ?? 1,
          reserved: source?.reserved ?? 0))
    }
    var order = blend.blend(
      blended, limit: query.narrowed(limit), seed: query.request.seed, into: &table)
    for (index, list) in lists.enumerated() where !list.propensities.isEmpty {
      let known = table.count
      table.add(list, source: UInt16(truncatingIfNeeded: index)) { _, _ in 0 }
      order += known..<table.count
      query.provenance.drawn = zip(list.items, list.propensities).map {
        Provenance.Drawn(item: ItemID(rawValue: $0), propensity: $1)
      }
    }
    query.provenance.sources = lists.map(\.source)
    return table.candidates(order, provenance: &query.provenance)
  }
}
