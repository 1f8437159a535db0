/// Joins what the sources yielded into one list, an item once.
public protocol CandidateMerger<Query, Retrieved, Candidate>: Sendable {
  associatedtype Query: PipelineQuery
  associatedtype Retrieved: Sendable
  associatedtype Candidate: PipelineCandidate
  /// Merges. It must not wait: it runs in place. It may keep provenance in the query.
  ///
  /// - Parameter lists: of the sources that answered, in the order of the pipeline.
  func merge(_ lists: [Retrieved], for query: inout Query) throws -> [Candidate]
}
