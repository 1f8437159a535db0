/// Gives each candidate a number.
public protocol CandidateScorer<Query, Candidate>: Sendable {
  associatedtype Query: PipelineQuery
  associatedtype Candidate: PipelineCandidate
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Whether its work ends by its deadline, and soon after its cancellation, by itself, as calls with a deadline
  /// do. The frame then waits for it in place, which is cheaper than to watch it.
  var keepsDeadline: Bool { get }
  /// Scores, one for each candidate, in their order. The frame checks the count, writes the scores and sorts;
  /// what is not finite sinks below all that is. When it throws, the scores before it hold.
  func score(
    _ candidates: [Candidate], for query: inout Query, in context: StageContext
  ) async throws -> [Float]
}

extension CandidateScorer {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
  /// It has to be watched unless said otherwise.
  public var keepsDeadline: Bool { false }
}
