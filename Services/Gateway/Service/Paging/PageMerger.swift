import StagePipeline

/// Puts the candidates of the first page's snapshot back on the table.
struct PageMerger: CandidateMerger {
  func merge(_ lists: [[RetrievedList]], for query: inout RecommendQuery) throws
    -> [SlateCandidate]
  {
    guard let page = query.page else { return [] }
    query.provenance = page.provenance
    query.versions = page.versions
    query.user = page.user
    return page.ranked
  }
}
