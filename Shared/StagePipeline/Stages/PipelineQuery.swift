/// What a pipeline answers.
public protocol PipelineQuery: Sendable {
  /// Below so many candidates after the merge, the pipeline asks its backfill sources too.
  var candidatesWanted: Int { get }
  /// Below so many candidates after the first filters, the pipeline asks its refill sources too. By default as many
  /// as after the merge.
  var slateWanted: Int { get }
}

extension PipelineQuery {
  /// As many as after the merge.
  public var slateWanted: Int { candidatesWanted }
}
