import RecommendationCore
import RecommendationProtos
import StagePipeline

/// Everything that made one answer: what was asked and at what moment, what the services behind the gateway
/// answered, what the stages made of it, and what was sent.
///
/// Keeping it costs the request next to nothing: every part is a value that the request had anyway, held on to by
/// reference. Only the matrix of item features, the largest of them, is let go: the scores made from it stay.
final class RequestTrace: Sendable {
  /// How a pipeline's run ended.
  typealias Result = PipelineResult<RecommendQuery, SlateCandidate>

  /// The query as it was before any stage ran: request, filter over its catalogue, ranker, page.
  let initial: RecommendQuery
  /// The query after all stages, the slate, what was ranked, and what filters removed.
  let result: Result
  /// The stages that ran.
  let pipeline: RecommendPipeline
  /// The cursor of the page after this one, as it was sent.
  let cursor: String?
  /// Names the policy that made the slate.
  let policyVersion: String
  /// What was sent.
  let reply: Recsys_Gateway_V1_RecommendResponse
  /// When it was answered, Unix time in milliseconds.
  let answeredMilliseconds: Int64

  /// Makes the reply of a run, and keeps what it was made from.
  init(
    initial: RecommendQuery, result: Result, pipeline: RecommendPipeline, cursor: String?,
    policyVersion: String, answeredMilliseconds: Int64
  ) {
    var kept = result
    kept.query.itemFeatures = nil
    self.initial = initial
    self.result = kept
    self.pipeline = pipeline
    self.cursor = cursor
    self.policyVersion = policyVersion
    self.answeredMilliseconds = answeredMilliseconds
    reply = Self.reply(result, initial: initial, cursor: cursor, policyVersion: policyVersion)
  }

  /// A trace whose reply was sent before.
  init(
    initial: RecommendQuery, result: Result, pipeline: RecommendPipeline, cursor: String?,
    policyVersion: String, answeredMilliseconds: Int64, reply: Recsys_Gateway_V1_RecommendResponse
  ) {
    self.initial = initial
    self.result = result
    self.pipeline = pipeline
    self.cursor = cursor
    self.policyVersion = policyVersion
    self.answeredMilliseconds = answeredMilliseconds
    self.reply = reply
  }

  /// The same with another run's result.
  func with(result: Result) -> RequestTrace {
    RequestTrace(
      initial: initial, result: result, pipeline: pipeline, cursor: cursor,
      policyVersion: policyVersion, answeredMilliseconds: answeredMilliseconds, reply: reply)
  }

  /// The request's id.
  var requestID: String { initial.request.requestID }

  /// The reply that another run of the same request would have got.
  func reply(of result: Result) -> Recsys_Gateway_V1_RecommendResponse {
    Self.reply(result, initial: initial, cursor: cursor, policyVersion: policyVersion)
  }

  private static func reply(
    _ result: Result, initial: RecommendQuery, cursor: String?, policyVersion: String
  ) -> Recsys_Gateway_V1_RecommendResponse {
    RecommendReply(
      result: result, inherited: initial.page?.degradations ?? [], cursor: cursor,
      policyVersion: policyVersion
    ).message
  }

  /// The degradation of a component; nil where it did as it should.
  func degradation(of component: String) -> Degradation? {
    result.degradations.first { $0.component == component }
  }

  /// About how much memory it keeps from being let go. Strings that the catalogue holds too do not count.
  ///
  /// - Complexity: O(sources).
  var byteCount: Int {
    let query = result.query
    let lists = query.retrieved.reduce(0) { $0 + $1.items.count * 12 }
    let columns =
      query.user.history.itemKeys.count * 20 + query.user.seen.count * 8
      + (query.user.features?.values.count ?? 0) + query.provenance.hits.count * 12
      + query.scores.count * 12
    let candidates =
      (result.ranked.count + result.slate.count + (initial.page?.ranked.count ?? 0)) * 32
      + result.removed.count * 80
    let filter = initial.request.filter
    return Self.fixedBytes + lists + columns + candidates
      + (filter.allow.count + filter.deny.count) * 48 + reply.items.count * Self.itemBytes
  }

  /// Of the objects themselves, timings, versions and texts of the request.
  private static let fixedBytes = 6_144
  /// Of a slate's item in the reply, with its reason there and as it came.
  private static let itemBytes = 2_048
}
