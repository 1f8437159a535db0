import StagePipeline

/// A merger whose query remembers what was merged: a trace needs the lists as they came.
struct RememberingMerger<Merger: CandidateMerger>: CandidateMerger
where
  Merger.Query == RecommendQuery, Merger.Retrieved == [RetrievedList],
  Merger.Candidate == SlateCandidate
{
  let merger: Merger

  func merge(_ lists: [[RetrievedList]], for query: inout RecommendQuery) throws
    -> [SlateCandidate]
  {
    query.retrieved = lists.flatMap { $0 }
    return try merger.merge(lists, for: &query)
  }
}
