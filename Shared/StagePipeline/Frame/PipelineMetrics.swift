import Metrics
import Synchronization

/// The series of one pipeline. Made once: looking a metric up by name costs more than many a stage.
struct PipelineMetrics: Sendable {
  private struct Component: Sendable {
    let seconds: Metrics.Timer
    let kept: Counter
    let removed: Counter
  }

  private let service: String
  private let pipeline: String
  private let components: [String: Component]
  private let counted = CounterTable()

  init(service: String, pipeline: String, components names: [String]) {
    self.service = service
    self.pipeline = pipeline
    var components: [String: Component] = [:]
    for name in names {
      let labels = [("pipeline", pipeline), ("stage", name)]
      components[name] = Component(
        seconds: Metrics.Timer(label: "recsys_\(service)_stage_seconds", dimensions: labels),
        kept: Counter(
          label: "recsys_\(service)_candidates_total", dimensions: labels + [("outcome", "kept")]),
        removed: Counter(
          label: "recsys_\(service)_candidates_total",
          dimensions: labels + [("outcome", "removed")]))
    }
    self.components = components
  }

  func ran(_ timing: StageTiming) {
    guard let component = components[timing.stage] else { return }
    component.seconds.recordNanoseconds(timing.took.nanoseconds)
    if timing.countOut > 0 { component.kept.increment(by: timing.countOut) }
    if timing.countIn > timing.countOut {
      component.removed.increment(by: timing.countIn - timing.countOut)
    }
  }

  func failed(_ component: String, _ reason: FailureReason) {
    counted.increment(
      "recsys_\(service)_stage_failures_total",
      [("pipeline", pipeline), ("stage", component), ("reason", reason.rawValue)])
  }

  func removed(_ reason: RemovalReason, count: Int) {
    counted.increment(
      "recsys_\(service)_removals_total", [("pipeline", pipeline), ("reason", reason.rawValue)],
      by: count)
  }
}

/// Counters whose labels are known only as they happen. Reasons are few, so it stays small.
private final class CounterTable: Sendable {
  private let counters = Mutex<[String: Counter]>([:])

  func increment(_ label: String, _ dimensions: [(String, String)], by amount: Int = 1) {
    let key = dimensions.reduce(label) { "\($0)|\($1.1)" }
    let counter = counters.withLock { counters in
      if let counter = counters[key] { return counter }
      let counter = Counter(label: label, dimensions: dimensions)
      counters[key] = counter
      return counter
    }
    counter.increment(by: amount)
  }
}
