/// What a pipeline answers.
public protocol PipelineQuery: Sendable {
  /// Below so many candidates after the merge, the pipeline asks its backfill sources too.
  var candidatesWanted: Int { get }
}

/// An item in flight.
public protocol PipelineCandidate: Sendable {
  associatedtype ID: Hashable & Comparable & Sendable
  /// Tells candidates apart, and breaks ties between equal scores.
  var id: ID { get }
  /// Higher is better. The merger sets it first, each scorer anew.
  var score: Float { get set }
}
