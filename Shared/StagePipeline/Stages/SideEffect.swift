/// Work after the reply, on nobody's time, e.g. a log of what was shown.
public protocol SideEffect<Query, Candidate>: Sendable {
  associatedtype Query: PipelineQuery
  associatedtype Candidate: PipelineCandidate
  /// Whether this request wants it. When no side effect does, nothing is started.
  func isEnabled(for query: Query) -> Bool
  /// Does it. A failure is counted and goes no further.
  func run(_ result: PipelineResult<Query, Candidate>) async throws
}

extension SideEffect {
  /// Enabled unless said otherwise.
  public func isEnabled(for query: Query) -> Bool { true }
}
