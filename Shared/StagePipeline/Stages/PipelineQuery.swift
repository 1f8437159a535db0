/// What a pipeline answers.
public protocol PipelineQuery: Sendable {
  /// Below so many candidates after the merge, the pipeline asks its backfill sources too.
  var candidatesWanted: Int { get }
}
