/// Picks the slate out of the sorted candidates, and its order: a re-ranker.
public protocol CandidateSelector<Query, Candidate>: Sendable {
  associatedtype Query: PipelineQuery
  associatedtype Candidate: PipelineCandidate
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Selects. It must not wait: it runs in place. It may only pick from what it was given, each once: the frame
  /// checks it. It may keep what it did in the query.
  func select(_ candidates: [Candidate], for query: inout Query) throws -> [Candidate]
}

extension CandidateSelector {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
}
