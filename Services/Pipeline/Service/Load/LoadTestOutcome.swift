import Foundation

/// What came of a load test.
public struct LoadTestOutcome: Sendable, Codable {
  /// A load at one rate.
  public struct Step: Sendable, Codable {
    /// Rates, latencies, errors, CPU by service.
    public var load: LoadGeneratorReport
    /// Slates that were not whole; those of the warm-up count too.
    public var slates: SlateQuality.Counts

    /// Whether enough went well, and fast enough.
    func isBorne(deadline: Duration, successShare: Double) -> Bool {
      guard let latency = load.latency else { return false }
      return load.successShare >= successShare
        && Double(latency.p99Microseconds) <= deadline.inSeconds * 1e6
    }

    /// The step in one line, for people.
    var line: String {
      let rate = load.requestedPerSecond ?? 0
      let p99 =
        load.latency.map { String(format: "%.1f", Double($0.p99Microseconds) / 1000) } ?? "-"
      return String(
        format: "%8.1f a second  %6.2f %% went well  %6.2f %% degraded  ", rate,
        load.successShare * 100, slates.degradedShare * 100) + "p99 \(p99) ms"
    }
  }

  /// A phase of the scenario.
  public struct Phase: Sendable, Codable {
    /// Its name.
    public var name: String
    /// The loads that it was made of: one, or the steps of a search in order.
    public var steps: [Step]
    /// What a search found.
    public var saturation: SaturationSearch.Finding?
  }

  /// Name of the scenario.
  public var scenario: String
  /// What it is for.
  public var summary: String
  /// Where the gateway listened.
  public var gateway: String
  /// The dataset that users and items were drawn from.
  public var dataset: String
  /// Time that a request had.
  public var deadlineMilliseconds: Double
  /// When it began, Unix time.
  public var beganMilliseconds: Int64
  /// What came of each phase.
  public var phases: [Phase]

  /// Requests that failed in phases of constant rate. In a search for too much, failures are the aim.
  public var failed: Int {
    phases.filter { $0.saturation == nil }.flatMap(\.steps).reduce(0) { $0 + $1.load.failed }
  }
}

extension LoadTestOutcome: CustomStringConvertible {
  /// The figures for people.
  public var description: String {
    phases.map { phase in
      let title = phases.count > 1 ? ["── \(phase.name) ──"] : []
      return
        (title + (phase.saturation.map { [search(phase, $0)] } ?? phase.steps.map { text($0) }))
        .joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private func text(_ step: Step) -> String {
    var lines = ["\(step.load)"]
    let slates = step.slates
    if slates.slates > 0 {
      lines.append(
        String(
          format: "slates: %.3f %% degraded, %.1f %% from the cache", slates.degradedShare * 100,
          slates.cachedShare * 100))
    }
    for (component, count) in slates.degraded.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(component): \(count)")
    }
    if slates.empty > 0 { lines.append("empty slates: \(slates.empty)") }
    if slates.underfilled > 0 { lines.append("underfilled slates: \(slates.underfilled)") }
    return lines.joined(separator: "\n")
  }

  private func search(_ phase: Phase, _ finding: SaturationSearch.Finding) -> String {
    var lines = phase.steps.map(\.line)
    let limit = String(format: "p99 <= %.0f ms", deadlineMilliseconds)
    guard let saturation = finding.saturation else {
      lines.append("saturation: not even the lowest rate was borne (\(limit))")
      return lines.joined(separator: "\n")
    }
    lines.append(
      String(format: "saturation: %.0f requests a second", saturation) + " (\(limit))"
        + (finding.tooMuch == nil ? ", the most that the scenario asks for" : ""))
    if let step = phase.steps.last(where: { $0.load.requestedPerSecond == saturation }) {
      lines.append("there:")
      lines.append(text(step))
    }
    return lines.joined(separator: "\n")
  }
}
