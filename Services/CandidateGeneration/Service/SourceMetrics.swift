import CoreMetrics
import Synchronization

/// Counts and times each source: `recsys_candidates_source_results_total{source,outcome}` and
/// `recsys_candidates_source_duration_seconds{source}`.
final class SourceMetrics: Sendable {
  private struct Key: Hashable {
    var source: String
    var outcome: String
  }

  // Kept, since making a metric is a look-up by text.
  private let counters = Mutex<[Key: Counter]>([:])
  private let timers = Mutex<[String: Timer]>([:])

  func record(_ source: String, _ outcome: SourceReply.Outcome, _ took: Duration) {
    let key = Key(source: source, outcome: Self.name(outcome))
    let counter = counters.withLock { counters in
      if let counter = counters[key] { return counter }
      let counter = Counter(
        label: "recsys_candidates_source_results_total",
        dimensions: [("source", source), ("outcome", key.outcome)])
      counters[key] = counter
      return counter
    }
    counter.increment()
    let timer = timers.withLock { timers in
      if let timer = timers[source] { return timer }
      let timer = Timer(
        label: "recsys_candidates_source_duration_seconds", dimensions: [("source", source)])
      timers[source] = timer
      return timer
    }
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
