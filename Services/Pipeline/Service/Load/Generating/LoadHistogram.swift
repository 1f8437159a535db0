internal import Histogram

/// An HdrHistogram of microseconds, of three digits, that grows as it must.
struct LoadHistogram: Sendable {
  private var values = Histogram<UInt64>()

  /// How many values were recorded.
  var count: Int { Int(values.totalCount) }

  /// Records a value.
  mutating func record(_ microseconds: UInt64) { values.record(microseconds) }

  /// Takes all values of another.
  mutating func add(_ other: LoadHistogram) { values.add(other.values) }

  /// The value that so many of a hundred do not exceed; 0 of none.
  func at(_ percentile: Double) -> Int {
    count > 0 ? Int(values.valueAtPercentile(percentile)) : 0
  }

  /// Percentiles for people and programs; nil of none.
  var latency: LoadGeneratorReport.Latency? {
    guard count > 0 else { return nil }
    return LoadGeneratorReport.Latency(
      meanMicroseconds: values.mean, p50Microseconds: at(50), p90Microseconds: at(90),
      p95Microseconds: at(95), p99Microseconds: at(99), p999Microseconds: at(99.9),
      maxMicroseconds: Int(values.maxRecorded))
  }

  /// The whole distribution, finer towards its slow end, as far as there are values to bear it.
  var curve: [LoadGeneratorReport.Percentile] {
    guard count > 0 else { return [] }
    var points: [LoadGeneratorReport.Percentile] = []
    // Each decade of "nines" gets equally many points: 0 … 90 … 99 … 99.9 …
    var rest = 100.0
    while points.isEmpty || rest * Double(count) >= 100 {
      for step in 0..<18 {
        let percentile = 100 - rest * (1 - 0.05 * Double(step))
        points.append(.init(percentile: percentile, microseconds: at(percentile)))
      }
      rest /= 10
    }
    points.append(.init(percentile: 100, microseconds: Int(values.maxRecorded)))
    return points
  }
}

/// The same of two digits, for many short times.
struct CoarseLoadHistogram: Sendable {
  private var values = Histogram<UInt32>(numberOfSignificantValueDigits: .two)

  /// How many values were recorded.
  var count: Int { Int(values.totalCount) }

  /// Records a value.
  mutating func record(_ microseconds: UInt64) { values.record(microseconds) }

  /// The value that so many of a hundred do not exceed; nil of none.
  func at(_ percentile: Double) -> Int? {
    count > 0 ? Int(values.valueAtPercentile(percentile)) : nil
  }
}
