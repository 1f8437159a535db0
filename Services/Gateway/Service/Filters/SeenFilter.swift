import RecommendationCore
import StagePipeline

/// What the user has acted upon, unless the request wants it, or a rule has pinned it and the request does not
/// itself say that nothing seen may come.
struct SeenFilter: CandidateFilter {
  func isEnabled(for query: RecommendQuery) -> Bool {
    query.request.excludesSeen && !query.user.seen.isEmpty
  }

  func filter(_ candidates: [SlateCandidate], for query: RecommendQuery) throws
    -> Filtered<SlateCandidate>
  {
    let seen = KeySlots(query.user.seen)
    let pinning = query.request.insistsOnUnseen ? nil : query.rules
    return Filtered(candidates) { candidate in
      guard seen.contains(candidate.id.rawValue) else { return nil }
      return pinning?.isPinned(candidate.id) == true ? nil : "seen"
    }
  }
}
