import BusinessRules
import Catalogue
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Writes the reply of a Recommend.
struct RecommendReply {
  let result: PipelineResult<RecommendQuery, SlateCandidate>
  /// What went wrong while the first page was made, where this is a later one.
  let inherited: [Degradation]
  /// Of the next page; nil: there is none.
  let cursor: String?
  let policyVersion: String

  var message: Recsys_Gateway_V1_RecommendResponse {
    let query = result.query
    var message = Recsys_Gateway_V1_RecommendResponse()
    message.items = items
    message.requestID = query.request.requestID
    message.attributionToken =
      AttributionToken(
        requestID: query.request.requestID, timeMilliseconds: query.request.now
      ).text
    message.nextCursor = cursor ?? ""
    message.degraded = degradations.map { Recsys_Gateway_V1_Degradation($0) }
    message.versions = versions.map(\.proto)
    message.stageTimings = result.timings.map(Self.message)
    message.removals = result.removalCounts.map { reason, count in
      var removal = Recsys_Gateway_V1_RemovalCount()
      removal.reason = reason.rawValue
      removal.count = UInt32(clamping: count)
      return removal
    }
    if let diversity = query.diversity {
      message.diversity.intraListDistanceBefore = diversity.distanceBefore
      message.diversity.intraListDistanceAfter = diversity.distanceAfter
      message.diversity.relevanceKept = diversity.relevanceKept
    }
    if result.slate.count < query.request.count {
      message.underfilled = true
      message.underfilledReason = underfilledReason
    }
    return message
  }

  private var items: [Recsys_Gateway_V1_RecommendedItem] {
    let query = result.query
    let request = query.request
    return result.slate.enumerated().compactMap { index, candidate in
      guard let item = query.catalogue.item(candidate.id) else { return nil }
      var reply = Recsys_Gateway_V1_RecommendedItem()
      reply.rank = UInt32(clamping: request.shown.count + index + 1)
      reply.itemID = item.externalID
      reply.title = item.title
      reply.score = Double(candidate.score)
      reply.attributes = request.attributes.values(of: item)
      reply.sources = query.provenance.hits(of: candidate).map { hit in
        var source = Recsys_Gateway_V1_SourceHit()
        source.source = query.provenance.source(of: hit)
        source.rank = UInt32(clamping: hit.rank)
        source.score = Double(hit.score)
        return source
      }
      if index < query.reasons.count {
        reply.reason = ReasonReply.message(query.reasons[index], level: request.explain)
      }
      if let explored = query.explored.first(where: { $0.item == candidate.id }) {
        reply.propensity = Double(explored.propensity)
      }
      reply.rankBeforeReranking = UInt32(clamping: candidate.rankBefore)
      if let rules = query.ruleIDs[candidate.id] { reply.ruleIds = rules }
      return reply
    }
  }

  private var degradations: [Degradation] {
    inherited
      + result.degradations.filter { degradation in
        !inherited.contains { $0.component == degradation.component }
      }
  }

  private var versions: [ComponentVersion] {
    result.query.versions
      + (result.query.rules.map {
        [ComponentVersion(component: "rules", version: $0.matcher.book.version)]
      } ?? []) + [
        ComponentVersion(component: "policy", version: policyVersion),
        ComponentVersion(
          component: "catalogue", version: String(result.query.catalogue.sequence)),
      ]
  }

  /// Why the slate is short: what kept items out, and that nothing else is left, if that is known.
  private var underfilledReason: String {
    let query = result.query
    let shown = query.request.shown
    let left = result.ranked.count { !shown.contains($0.id) }
    var reason = "\(result.slate.count) of \(query.request.count): "
    if left > result.slate.count {
      return reason
        + "the most of a rule's quota, or a pinned place of a later page, leaves no more"
    }
    if query.page != nil {
      reason += "the ranking of the first page has no more"
    } else if result.degradations.contains(where: { $0.component == CatalogueSource.name }) {
      reason += "there was no time to look through the whole catalogue"
    } else {
      reason += "nothing else in the catalogue is eligible"
    }
    let removals = result.removalCounts
    guard !removals.isEmpty else { return reason }
    return reason + "; left out: "
      + removals.map { "\($0.count) \($0.reason.rawValue)" }.joined(separator: ", ")
  }

  private static func message(_ timing: StageTiming) -> Recsys_Gateway_V1_StageTiming {
    var message = Recsys_Gateway_V1_StageTiming()
    message.stage = timing.stage
    message.tookUs = UInt32(clamping: timing.took.nanoseconds / 1_000)
    message.budgetUs = UInt32(clamping: timing.budget.nanoseconds / 1_000)
    message.countIn = UInt32(clamping: timing.countIn)
    message.countOut = UInt32(clamping: timing.countOut)
    return message
  }
}

extension Recsys_Gateway_V1_Degradation {
  /// As replies say it.
  init(_ degradation: Degradation) {
    self.init()
    component = degradation.component
    reason = degradation.reason.rawValue
    fallback = degradation.fallback
    budgetMs = UInt32(clamping: degradation.budget.nanoseconds / 1_000_000)
  }
}
