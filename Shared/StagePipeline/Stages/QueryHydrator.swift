/// Adds to the query what later stages need, e.g. the user's history.
public protocol QueryHydrator<Query>: Sendable {
  associatedtype Query: PipelineQuery
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Adds to the query. When it throws, the query stays as it was.
  func hydrate(_ query: inout Query, in context: StageContext) async throws
}

extension QueryHydrator {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
}
