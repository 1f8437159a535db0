import CoreMetrics
import Synchronization

/// Counts and times each source: `recsys_candidates_source_results_total{source,outcome}` and
/// `recsys_candidates_source_duration_seconds{source}`.
final class SourceMetrics: Sendable {
  private struct Series {
    let timer: Timer
    /// By outcome.
    var counters: [(outcome: String, counter: Counter)] = []
  }

  // Kept by the source's place, since making a metric is a look-up by text.
  private let series: Mutex<[Series?]>

  /// Metrics of so many sources.
  init(count: Int) { series = Mutex(Array(repeating: nil, count: count)) }

  func record(
    _ place: Int, _ source: String, _ outcome: SourceReply.Outcome, _ took: Duration
  ) {
    let outcome = Self.name(outcome)
    let (timer, counter) = series.withLock { all in
      var series =
        all[place]
        ?? Series(
          timer: Timer(
            label: "recsys_candidates_source_duration_seconds", dimensions: [("source", source)]))
      if let known = series.counters.first(where: { $0.outcome == outcome }) {
        return (series.timer, known.counter)
      }
      let counter = Counter(
        label: "recsys_candidates_source_results_total",
        dimensions: [("source", source), ("outcome", outcome)])
      series.counters.append((outcome, counter))
      all[place] = series
      return (series.timer, counter)
    }
    counter.increment()
    timer.recordNanoseconds(Int64(took / .nanoseconds(1)))
  }

  private static func name(_ outcome: SourceReply.Outcome) -> String {
    switch outcome {
    case .found: "ok"
    case .notApplicable: "not_applicable"
    case .timedOut: "timed_out"
    case .overloaded: "overloaded"
    case .failed: "failed"
    }
  }
}
