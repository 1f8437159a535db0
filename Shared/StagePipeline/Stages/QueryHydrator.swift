/// Adds to the query what later stages need, e.g. the user's history.
public protocol QueryHydrator<Query>: Sendable {
  associatedtype Query: PipelineQuery
  /// Whether this request wants it.
  func isEnabled(for query: Query) -> Bool
  /// Whether its work ends by its deadline, and soon after its cancellation, by itself, as calls with a deadline
  /// do. The frame then waits for it in place, which is cheaper than to watch it.
  var keepsDeadline: Bool { get }
  /// Adds to the query. When it throws, the query stays as it was.
  func hydrate(_ query: inout Query, in context: StageContext) async throws
}

extension QueryHydrator {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
  /// It has to be watched unless said otherwise.
  public var keepsDeadline: Bool { false }
}
