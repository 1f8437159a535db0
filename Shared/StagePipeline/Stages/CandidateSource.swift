/// Yields candidates. Sources run at the same time, each within its own budget.
public protocol CandidateSource<Query, Retrieved>: Sendable {
  associatedtype Query: PipelineQuery
  /// What it yields: columns rather than candidates, since the same item comes from several sources.
  associatedtype Retrieved: Sendable
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Whether its work ends by its deadline, and soon after its cancellation, by itself, as calls with a deadline
  /// do. The frame then waits for it in place, which is cheaper than to watch it.
  var keepsDeadline: Bool { get }
  /// Retrieves. A source that is late is cancelled and left out.
  func retrieve(for query: Query, in context: StageContext) async throws -> Retrieved
}

extension CandidateSource {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
  /// It has to be watched unless said otherwise.
  public var keepsDeadline: Bool { false }
}
