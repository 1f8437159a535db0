import Foundation
import Testing

@testable import PipelineJobs

@Suite struct LoadHistogramTests {
  @Test func percentilesAreThoseOfTheValues() throws {
    var histogram = LoadHistogram()
    for value in 1...10_000 { histogram.record(UInt64(value)) }
    let latency = try #require(histogram.latency)
    // Three digits: one part in a thousand.
    func near(_ value: Int, _ wanted: Int) -> Bool { abs(value - wanted) <= wanted / 500 }
    #expect(near(latency.p50Microseconds, 5000))
    #expect(near(latency.p90Microseconds, 9000))
    #expect(near(latency.p95Microseconds, 9500))
    #expect(near(latency.p99Microseconds, 9900))
    #expect(near(latency.p999Microseconds, 9990))
    #expect(near(latency.maxMicroseconds, 10_000))
    #expect(abs(latency.meanMicroseconds - 5000.5) < 5)
  }

  @Test func theCurveRisesAndGoesNoFurtherThanTheValuesBear() throws {
    var histogram = LoadHistogram()
    var random = SystemRandomNumberGenerator()
    for _ in 0..<1000 { histogram.record(.random(in: 1...1_000_000, using: &random)) }
    let curve = histogram.curve
    #expect(zip(curve, curve.dropFirst()).allSatisfy { $0.percentile < $1.percentile })
    #expect(zip(curve, curve.dropFirst()).allSatisfy { $0.microseconds <= $1.microseconds })
    #expect(curve.first?.percentile == 0)
    #expect(curve.last?.percentile == 100)
    // Of a thousand values one lies beyond 99.9 %.
    #expect(curve.dropLast().allSatisfy { $0.percentile < 99.99 })
  }

  @Test func ofNothingThereIsNothing() {
    #expect(LoadHistogram().latency == nil)
    #expect(LoadHistogram().curve.isEmpty)
    #expect(CoarseLoadHistogram().at(50) == nil)
  }

  @Test func anHourIsKeptBesideAMicrosecond() throws {
    var histogram = LoadHistogram()
    histogram.record(1)
    histogram.record(3_600_000_000)
    let longest = try #require(histogram.latency?.maxMicroseconds)
    #expect(abs(longest - 3_600_000_000) < 3_600_000)
    #expect(histogram.at(50) == 1)
  }
}
