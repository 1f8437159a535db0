import Catalogue
import RecommendationCore
import Reranking
import StagePipeline

/// Picks the page out of the ranked candidates: spread as the request wants, under the rules in force, and with the
/// pages before in mind, which it neither repeats nor clusters with.
struct DiversitySelector: CandidateSelector {
  func select(_ candidates: [SlateCandidate], for query: inout RecommendQuery) throws
    -> [SlateCandidate]
  {
    let request = query.request
    if request.diversity.isNone, query.rules == nil { return plain(candidates, for: &query) }
    let assembly = SlateAssembly(candidates, for: query)
    let problem = assembly.problem()
    let strength = request.diversity.mode == .off ? 0 : request.diversity.strength
    let choice =
      request.diversity.mode == .dpp
      ? DPPSelector(strength: strength).select(problem)
      : MMRSelector(strength: strength).select(problem)
    query.diversity = DiversityOutcome(choice)
    if let rules = query.rules { query.ruleIDs = assembly.ruleIDs(of: choice, rules) }
    var slate = choice.indices.map { picked(assembly.open[$0], of: candidates) }
    ExplorationSlots.place(into: &slate, from: candidates, for: &query)
    return slate
  }

  /// The order by score: what is left of it after the pages before.
  private func plain(
    _ candidates: [SlateCandidate], for query: inout RecommendQuery
  ) -> [SlateCandidate] {
    let request = query.request
    let shown = KeySlots(request.shown.map(\.rawValue))
    var page: [SlateCandidate] = []
    page.reserveCapacity(request.count)
    for index in candidates.indices where page.count < request.count {
      if request.shown.isEmpty || !shown.contains(candidates[index].id.rawValue) {
        page.append(picked(index, of: candidates))
      }
    }
    query.diversity = DiversityOutcome(
      unspread: SlateAssembly.similarity(of: page.map(\.id), in: query.catalogue))
    ExplorationSlots.place(into: &page, from: candidates, for: &query)
    return page
  }

  private func picked(_ index: Int, of candidates: [SlateCandidate]) -> SlateCandidate {
    var candidate = candidates[index]
    candidate.rankBefore = Int32(truncatingIfNeeded: index + 1)
    return candidate
  }
}
