import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import StagePipeline

/// Reasons for the items of the slate.
struct ExplanationHydrator: CandidateHydrator {
  /// Pieces of evidence an item, where the request wants all.
  private static let fullEvidence: UInt32 = 10
  /// Part of the time that the ranker has for its contributions.
  private static let attributionShare = 0.6
  private static let usualEvidence: UInt32 = 3

  let client: ExplanationClient
  let attribution: SlateAttribution

  /// Its calls have deadlines.
  var keepsDeadline: Bool { true }

  func isEnabled(for query: RecommendQuery) -> Bool { query.request.explain != .none }

  func hydrate(
    _ candidates: inout [SlateCandidate], for query: inout RecommendQuery,
    in context: StageContext
  ) async throws {
    let request = query.request
    var message = Recsys_Explanation_V1_ExplainRequest()
    if case .user(let user) = request.subject { message.userKey = user.rawValue }
    message.history = query.user.history
    message.items = candidates.map { candidate in
      var item = Recsys_Explanation_V1_SlateItem()
      item.itemKey = candidate.id.rawValue
      for hit in query.provenance.hits(of: candidate) {
        item.sources.append(query.provenance.source(of: hit))
        item.sourceRanks.append(UInt32(clamping: hit.rank))
        item.sourceScores.append(hit.score)
      }
      // A boost moved an item, a pin put it there: only that is a reason.
      if query.rules?.isPinned(candidate.id) == true {
        item.ruleID = query.ruleIDs[candidate.id]?.first ?? ""
      }
      if let drawn = query.explored.first(where: { $0.item == candidate.id }) {
        item.propensity = Double(drawn.propensity)
      }
      return item
    }
    message.locale = request.context.locale
    message.maxEvidence = request.explain == .full ? Self.fullEvidence : Self.usualEvidence
    message.context = request.contextMessage
    if request.explain == .full { await addContributions(to: &message, candidates, query, context) }
    let response = try await client.explain(
      message, options: CallOptions(timeout: context.timeRemaining))
    guard response.reasons.count == candidates.count else {
      throw GatewayError(
        .malformedAnswer,
        "Explanation gave \(response.reasons.count) reasons for \(candidates.count) items")
    }
    query.reasons = response.reasons
    for version in response.versions {
      query.took("explanation-\(version.component)", version: version.version)
    }
  }

  /// What features gave to the scores. Reasons without it are true too: its failure is only reported.
  private func addContributions(
    to message: inout Recsys_Explanation_V1_ExplainRequest, _ candidates: [SlateCandidate],
    _ query: RecommendQuery, _ context: StageContext
  ) async {
    guard attribution.isPossible(for: query) else { return }
    let time = context.timeRemaining * Self.attributionShare
    do {
      let answer = try await attribution.ask(candidates, for: query, timeout: time)
      guard let answer else { return }
      message.contributions = answer.contributions
      message.contributionNames = answer.featureNames
    } catch {
      context.report(
        Degradation(
          component: "ranking/attribution", reason: FailureReason(error),
          fallback: "reasons without the ranker's features", budget: time))
    }
  }
}
