import Metrics

/// What the shadow ranker would have done:
/// `recsys_gateway_shadow_total{outcome}` (compared, failed, passed_over), and of those compared the histograms
/// `recsys_gateway_shadow_overlap_percent`, `recsys_gateway_shadow_rank_correlation_percent` and
/// `recsys_gateway_shadow_mean_rank_shift`, whose sum over count is the mean.
struct ShadowMetrics: Sendable {
  private let compared = Self.counter("compared")
  private let failed = Self.counter("failed")
  private let passedOver = Self.counter("passed_over")
  private let overlap = Recorder(label: "recsys_gateway_shadow_overlap_percent")
  private let correlation = Recorder(label: "recsys_gateway_shadow_rank_correlation_percent")
  private let shift = Recorder(label: "recsys_gateway_shadow_mean_rank_shift")

  func record(_ comparison: RankingComparison) {
    compared.increment()
    overlap.record(comparison.overlap * 100)
    correlation.record(comparison.rankCorrelation * 100)
    shift.record(comparison.meanRankShift)
  }

  func recordFailure() { failed.increment() }
  func recordPassedOver() { passedOver.increment() }

  private static func counter(_ outcome: String) -> Counter {
    Counter(label: "recsys_gateway_shadow_total", dimensions: [("outcome", outcome)])
  }
}
