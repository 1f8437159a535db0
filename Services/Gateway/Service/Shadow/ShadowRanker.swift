import RPC
import RecommendationCore
import RecommendationProtos
import StagePipeline
import Synchronization

/// Has another ranker score the candidates of some requests too, after the reply, with features of its own, and
/// measures how far it would have ranked otherwise. It never shares a request's time, and while the gateway is
/// overloaded it does nothing.
final class ShadowRanker: SideEffect {
  private let policy: ShadowPolicy
  private let call: RankCall
  private let features: FeatureGathering
  private let load: LoadControl
  private let metrics = ShadowMetrics()
  private let inFlight = Atomic<Int>(0)
  /// What the shadow ranker wants; kept fresh beside the other's.
  let descriptions: RankerDescriptions

  init(
    policy: ShadowPolicy, call: RankCall, features: FeatureGathering, load: LoadControl,
    descriptions: RankerDescriptions
  ) {
    self.policy = policy
    self.call = call
    self.features = features
    self.load = load
    self.descriptions = descriptions
  }

  /// Whether it is a drawn request that can be compared: one that was ranked, and in full width.
  func isEnabled(for query: RecommendQuery) -> Bool {
    guard policy.isOn, query.ranker != nil, query.page == nil, query.width >= 1,
      isDrawn(query.request.requestID)
    else { return false }
    if load.isRelaxed, descriptions.current != nil,
      inFlight.load(ordering: .relaxed) < policy.maximumInFlight
    {
      return true
    }
    metrics.recordPassedOver()
    return false
  }

  /// The same requests at every gateway.
  private func isDrawn(_ requestID: String) -> Bool {
    var hash = StableHash()
    hash.combine("shadow:" + requestID)
    return Double(hash.finalized() >> 11) / Double(1 << 53) < policy.share
  }

  func run(_ result: PipelineResult<RecommendQuery, SlateCandidate>) async throws {
    // A request that was not ranked has nothing to compare with.
    guard let shadow = descriptions.current, !result.ranked.isEmpty,
      !result.degradations.contains(where: { Self.unranking.contains($0.component) })
    else { return }
    inFlight.wrappingAdd(1, ordering: .relaxed)
    defer { inFlight.wrappingSubtract(1, ordering: .relaxed) }
    do {
      var query = result.query
      query.user = try await features.user(for: query, ranker: shadow, timeout: policy.timeout)
      query.itemFeatures = try await features.items(
        result.ranked, for: query, ranker: shadow, timeout: policy.timeout)
      let answer = try await call.rank(
        result.ranked, for: query, by: shadow, timeout: policy.timeout)
      if !answer.currentVersion.isEmpty { descriptions.hurry(to: answer.currentVersion) }
      metrics.record(RankingComparison(scores: answer.scores, top: policy.top))
    } catch {
      metrics.recordFailure()
      throw error
    }
  }

  private static let unranking: Set<String> = ["ranking", "features/items", "features/user"]
}
