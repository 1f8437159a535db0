import RecommendationCore
import StagePipeline

/// What earlier pages showed. Not for pages made from their first page's snapshot: there the selector needs the
/// shown items, so that the page does not cluster with them.
struct ShownFilter: CandidateFilter {
  func isEnabled(for query: RecommendQuery) -> Bool {
    !query.request.shown.isEmpty && query.page == nil
  }

  func filter(_ candidates: [SlateCandidate], for query: RecommendQuery) throws
    -> Filtered<SlateCandidate>
  {
    let shown = KeySlots(query.request.shown.map(\.rawValue))
    return Filtered(candidates) { shown.contains($0.id.rawValue) ? "shown_before" : nil }
  }
}
