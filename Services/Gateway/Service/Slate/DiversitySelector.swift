import Catalogue
import RecommendationCore
import Reranking
import StagePipeline

/// Picks the slate by maximal marginal relevance over categories, under caps per category.
///
/// For a later page the items shown before take part in the selection and are then left out: the greedy choice of
/// the first n + m items begins with that of the first n, so the page neither repeats them nor clusters with
/// them.
struct DiversitySelector: CandidateSelector {
  func select(_ candidates: [SlateCandidate], for query: inout RecommendQuery) throws
    -> [SlateCandidate]
  {
    let request = query.request
    let shown = KeySlots(request.shown.map(\.rawValue))
    let shownHere =
      request.shown.isEmpty ? 0 : candidates.count { shown.contains($0.id.rawValue) }
    let categories = candidates.map { candidate in
      query.catalogue.facts(of: candidate.id)?.categories ?? []
    }
    // A cap is meant a page: the pages so far have had their own.
    let pages = 1 + shownHere / max(1, request.count)
    let caps = request.diversity.maximumPerCategory.map { maximum in
      [SlateCap(name: "category", maximum: maximum * pages, groups: categories.map { Array($0) })]
    }
    let problem = SlateProblem(
      items: candidates.map(\.id), relevance: Self.strictlyFalling(candidates),
      count: shownHere + request.count,
      similarity: SetSimilarity(slices: categories), caps: caps ?? [])
    let choice = MMRSelector(strength: request.diversity.strength).select(problem)
    query.diversity = DiversityOutcome(choice)
    return choice.indices.lazy.map { index in
      var candidate = candidates[index]
      candidate.rankBefore = Int32(truncatingIfNeeded: index + 1)
      return candidate
    }.filter { !shown.contains($0.id.rawValue) }.prefix(request.count).map { $0 }
  }

  /// The scores, each below the one before it: among equals the order of the candidates counts, which is that of
  /// retrieval. (A ranker that knows nothing of a user gives all items one score, and the best known is then a
  /// better choice than the one with the smallest key.)
  private static func strictlyFalling(_ candidates: [SlateCandidate]) -> [Float] {
    var last = Float.infinity
    return candidates.map { candidate in
      guard candidate.score.isFinite else { return candidate.score }
      last = min(candidate.score, last.nextDown)
      return last
    }
  }
}
