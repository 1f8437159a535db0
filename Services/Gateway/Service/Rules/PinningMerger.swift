import RecommendationCore
import StagePipeline

/// Puts pinned items among the candidates, found by a source or not, so that they are filtered, ranked and explained
/// like all others. Their source is "rules" where no source found them.
struct PinningMerger<Base: CandidateMerger>: CandidateMerger
where
  Base.Query == RecommendQuery, Base.Retrieved == [RetrievedList],
  Base.Candidate == SlateCandidate
{
  private static var source: String { "rules" }

  let base: Base

  func merge(_ lists: [[RetrievedList]], for query: inout RecommendQuery) throws
    -> [SlateCandidate]
  {
    var candidates = try base.merge(lists, for: &query)
    guard let rules = query.rules, !rules.pins.isEmpty else { return candidates }
    let known = KeySlots(candidates.map(\.id.rawValue))
    let items = rules.pins.flatMap(\.items).withoutRepeats().filter {
      !known.contains($0.rawValue) && !query.request.shown.contains($0)
    }
    guard !items.isEmpty else { return candidates }
    let source = UInt16(truncatingIfNeeded: query.provenance.sources.count)
    query.provenance.sources.append(Self.source)
    for (index, item) in items.enumerated() {
      candidates.append(
        SlateCandidate(
          id: item, score: 0, firstHit: Int32(truncatingIfNeeded: query.provenance.hits.count),
          hitCount: 1))
      query.provenance.hits.append(
        Provenance.Hit(
          source: source, rank: Int32(truncatingIfNeeded: index + 1), score: 0))
    }
    return candidates
  }
}
