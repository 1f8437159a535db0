/// Yields candidates. Sources run at the same time, each within its own budget.
public protocol CandidateSource<Query, Retrieved>: Sendable {
  associatedtype Query: PipelineQuery
  /// What it yields: columns rather than candidates, since the same item comes from several sources.
  associatedtype Retrieved: Sendable
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Retrieves. A source that is late is cancelled and left out.
  func retrieve(for query: Query, in context: StageContext) async throws -> Retrieved
}

extension CandidateSource {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
}
