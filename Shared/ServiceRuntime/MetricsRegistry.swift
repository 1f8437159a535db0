public import CoreMetrics
import Synchronization

/// Collects a process's metrics and writes them in the Prometheus text format (version 0.0.4).
///
/// The backend of swift-metrics: counters become counters, meters and recorders that do not aggregate become
/// gauges, recorders that aggregate and timers become histograms (timers in seconds). Recording is a few
/// relaxed atomic operations and takes no lock.
///
/// A name keeps its first kind; asking for it again as another kind gives a metric that is not exported,
/// as Prometheus would refuse a page with two types of one name.
public final class MetricsRegistry: MetricsFactory {
  /// Upper bounds of a timer's buckets in seconds, 50 µs to 10 s.
  public static let secondsBuckets: [Double] = [
    0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.003, 0.005, 0.007_5, 0.01, 0.015, 0.02,
    0.03,
    0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10,
  ]
  /// Upper bounds of a recorder's buckets, for counts and sizes.
  public static let valueBuckets: [Double] = [
    0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100_000, 1_000_000,
  ]

  private enum Family: Equatable {
    case counter, gauge, histogram
  }

  private struct State {
    var families: [String: (kind: Family, series: [String: any MetricSeries])] = [:]
  }

  private let state = Mutex(State())

  /// An empty registry.
  public init() {}

  /// All metrics as a Prometheus text page, sorted by name.
  ///
  /// - Complexity: O(series).
  public func exposition() -> String {
    let families = state.withLock { $0.families }
    var page = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      page += "# TYPE \(name) \(family.kind)\n"
      for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
        series.write(name: name, labels: labels, to: &page)
      }
    }
    return page
  }

  private func series<Series: MetricSeries>(
    _ label: String, _ dimensions: [(String, String)], _ kind: Family, _ make: () -> Series
  ) -> Series {
    let name = Self.name(label)
    let labels = Self.labels(dimensions)
    return state.withLock { state in
      guard let family = state.families[name] else {
        let new = make()
        state.families[name] = (kind, [labels: new])
        return new
      }
      if family.kind == kind, let old = family.series[labels] as? Series { return old }
      let new = make()
      if family.kind == kind { state.families[name]?.series[labels] = new }
      return new
    }
  }

  static func name(_ label: String) -> String {
    String(
      label.enumerated().map { index, character in
        character.isASCII
          && (character.isLetter || character == "_" || (character.isNumber && index > 0))
          ? character : "_"
      })
  }

  static func labels(_ dimensions: [(String, String)]) -> String {
    dimensions.sorted { $0.0 < $1.0 }.map { key, value in
      let escaped =
        value
        .split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
        .split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
        .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")
      return "\(name(key))=\"\(escaped)\""
    }.joined(separator: ",")
  }

  /// A counter.
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, dimensions, .counter) { CounterSeries() }
  }

  /// A gauge, from a meter.
  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(label, dimensions, .gauge) { GaugeSeries() }
  }

  /// A histogram, or a gauge when the recorder does not aggregate.
  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool)
    -> any RecorderHandler
  {
    aggregate
      ? series(label, dimensions, .histogram) { HistogramSeries(bounds: Self.valueBuckets) }
      : series(label, dimensions, .gauge) { GaugeSeries() }
  }

  /// A histogram of seconds.
  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    series(label, dimensions, .histogram) { HistogramSeries(bounds: Self.secondsBuckets) }
  }

  /// Metrics live as long as the process: a series that ends and begins again would read as a reset.
  public func destroyCounter(_ handler: any CounterHandler) {}
  /// As ``destroyCounter(_:)``.
  public func destroyMeter(_ handler: any MeterHandler) {}
  /// As ``destroyCounter(_:)``.
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  /// As ``destroyCounter(_:)``.
  public func destroyTimer(_ handler: any TimerHandler) {}
}
