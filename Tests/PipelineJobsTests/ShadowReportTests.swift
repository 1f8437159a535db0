import Testing

@testable import PipelineJobs

@Suite struct ShadowReportTests {
  private static let page = """
    # TYPE recsys_gateway_shadow_overlap_percent histogram
    recsys_gateway_shadow_overlap_percent_bucket{le="50.0"} 1
    recsys_gateway_shadow_overlap_percent_sum 150.0
    recsys_gateway_shadow_overlap_percent_count 2
    recsys_gateway_shadow_rank_correlation_percent_sum 180.0
    recsys_gateway_shadow_rank_correlation_percent_count 2
    recsys_gateway_shadow_mean_rank_shift_sum 7.0
    recsys_gateway_shadow_mean_rank_shift_count 2
    recsys_gateway_shadow_total{outcome="compared"} 2
    recsys_gateway_shadow_total{outcome="failed"} 1
    recsys_gateway_shadow_total{outcome="passed_over"} 3
    not a metric
    """

  @Test func severalGatewaysAddUp() {
    let report = ShadowReport([MetricsPage(text: Self.page), MetricsPage(text: Self.page)])
    #expect(report.compared == 4)
    #expect(report.failed == 2)
    #expect(report.passedOver == 6)
    #expect(report.overlap == 0.75)
    #expect(report.rankCorrelation == 0.9)
    #expect(report.meanRankShift == 3.5)
  }

  @Test func withoutComparisonsThereAreNoMeans() {
    let report = ShadowReport([MetricsPage(text: "")])
    #expect(report.overlap == nil)
    #expect(report.text.contains("nothing was compared"))
  }
}
