import RecommendationCore
import StagePipeline

/// What the user has acted upon, unless the request wants it.
struct SeenFilter: CandidateFilter {
  func isEnabled(for query: RecommendQuery) -> Bool {
    query.request.excludesSeen && !query.user.seen.isEmpty
  }

  func filter(_ candidates: [SlateCandidate], for query: RecommendQuery) throws
    -> Filtered<SlateCandidate>
  {
    let seen = KeySlots(query.user.seen)
    return Filtered(candidates) { seen.contains($0.id.rawValue) ? "seen" : nil }
  }
}
