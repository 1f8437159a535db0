/// Adds to the candidates, or to the query about them, what later stages need.
public protocol CandidateHydrator<Query, Candidate>: Sendable {
  associatedtype Query: PipelineQuery
  associatedtype Candidate: PipelineCandidate
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Whether its work ends by its deadline, and soon after its cancellation, by itself, as calls with a deadline
  /// do. The frame then waits for it in place, which is cheaper than to watch it.
  var keepsDeadline: Bool { get }
  /// Hydrates. Count and order must stay: the frame checks it. When it throws, all stays as it was.
  func hydrate(
    _ candidates: inout [Candidate], for query: inout Query, in context: StageContext
  ) async throws
}

extension CandidateHydrator {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
  /// It has to be watched unless said otherwise.
  public var keepsDeadline: Bool { false }
}
