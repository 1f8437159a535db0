/// Gives each candidate a number.
public protocol CandidateScorer<Query, Candidate>: Sendable {
  associatedtype Query: PipelineQuery
  associatedtype Candidate: PipelineCandidate
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Scores, one for each candidate, in their order. The frame checks the count, writes the scores and sorts;
  /// what is not finite sinks below all that is. When it throws, the scores before it hold.
  func score(
    _ candidates: [Candidate], for query: inout Query, in context: StageContext
  ) async throws -> [Float]
}

extension CandidateScorer {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
}
