import Catalogue
import StagePipeline

/// The request's filter, availability and the catalogue itself: the second look after retrieval's, and the one
/// that counts.
struct EligibilityFilter: CandidateFilter {
  func filter(_ candidates: [SlateCandidate], for query: RecommendQuery) throws
    -> Filtered<SlateCandidate>
  {
    let filter = query.filter
    return Filtered(candidates) { candidate in
      filter.removalReason(candidate.id).map { RemovalReason(rawValue: $0.rawValue) }
    }
  }
}
