import Foundation

extension LoadTestPage {
  /// All tables.
  var tables: String {
    var parts: [String] = []
    for phase in outcome.phases where phase.saturation != nil {
      parts.append(section("Steps of \(phase.name)", loadTable(phase.steps.map { ("", $0) })))
    }
    if !figureSteps.isEmpty {
      parts.append(section("Loads", loadTable(figureSteps.map { ($0.name, $0.step) })))
      parts.append(section("By kind of request", kindTable))
      if figureSteps.contains(where: { !$0.step.load.processorTimes.isEmpty }) {
        parts.append(section("CPU", processorTable))
      }
      if !troubles.isEmpty { parts.append(section("What went wrong", troubleTable)) }
      parts.append(section("The load itself", generatorTable))
    }
    return parts.joined(separator: "\n")
  }

  private func section(_ title: String, _ table: String) -> String {
    "<h2>\(title.markup)</h2>\n<div class=\"table\">\(table)</div>"
  }

  private func table(_ header: [String], _ rows: [[String]]) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\($0.markup)</\(tag)>" }.joined() + "</tr>"
    }
    return "<table>\n<thead>\(row(header, "th"))</thead>\n<tbody>\n"
      + rows.map { row($0, "td") }.joined(separator: "\n") + "\n</tbody>\n</table>"
  }

  private static let latencyHeader = ["p50 ms", "p95 ms", "p99 ms", "p99.9 ms", "max ms"]

  private func latencyCells(_ latency: LoadGeneratorReport.Latency?) -> [String] {
    guard let latency else { return Self.latencyHeader.map { _ in "–" } }
    return [
      latency.p50Microseconds, latency.p95Microseconds, latency.p99Microseconds,
      latency.p999Microseconds, latency.maxMicroseconds,
    ].map { String(format: "%.2f", Double($0) / 1000) }
  }

  private func loadTable(_ steps: [(name: String, step: LoadTestOutcome.Step)]) -> String {
    table(
      ["", "offered /s", "answered /s", "went well", "degraded", "from cache"] + Self.latencyHeader,
      steps.map { name, step in
        let load = step.load
        return [
          name, load.requestedPerSecond.map { String(format: "%.1f", $0) } ?? "–",
          String(format: "%.1f", load.succeededPerSecond), Self.percent(load.successShare),
          Self.percent(step.slates.degradedShare), Self.percent(step.slates.cachedShare),
        ] + latencyCells(load.latency)
      })
  }

  private var kindTable: String {
    table(
      ["", "kind", "answered", "failed"] + Self.latencyHeader,
      figureSteps.flatMap { name, step in
        step.load.kinds.map { kind in
          [name, kind.name, "\(kind.succeeded)", "\(kind.errors.values.reduce(0, +))"]
            + latencyCells(kind.latency)
        }
      })
  }

  private var processorTable: String {
    table(
      ["", "process", "µs a request", "share of a core"],
      figureSteps.flatMap { name, step in
        step.load.processorTimes.map { process in
          [
            name, process.name,
            process.microsecondsPerRequest.map { String(format: "%.0f", $0) } ?? "ended",
            process.coreShare.map { String(format: "%.1f %%", $0 * 100) } ?? "–",
          ]
        } + [
          [
            name, "all", step.load.microsecondsPerRequest.map { String(format: "%.0f", $0) } ?? "–",
            "",
          ]
        ]
      })
  }

  private var troubles: [[String]] {
    figureSteps.flatMap { name, step -> [[String]] in
      let errors = step.load.errors.sorted { $0.key < $1.key }.map {
        [name, $0.key, "\($0.value)"]
      }
      let degraded = step.slates.degraded.sorted { $0.key < $1.key }.map {
        [name, "degraded: \($0.key)", "\($0.value)"]
      }
      let others = [
        ("empty slates", step.slates.empty), ("underfilled slates", step.slates.underfilled),
      ].filter { $0.1 > 0 }.map { [name, $0.0, "\($0.1)"] }
      return errors + degraded + others
    }
  }

  private var troubleTable: String { table(["", "what", "requests"], troubles) }

  private var generatorTable: String {
    table(
      [
        "", "µs a request", "share of a core", "sent late: p50 µs", "p99 µs", "max µs",
        "waited for room", "machine busy", "taken by hypervisor",
      ],
      figureSteps.map { name, step in
        let generator = step.load.generator
        let machine = step.load.machine
        return [
          name, generator.microsecondsPerRequest.map { String(format: "%.0f", $0) } ?? "–",
          generator.coreShare.map { String(format: "%.1f %%", $0 * 100) } ?? "–",
          "\(generator.lagP50Microseconds)", "\(generator.lagP99Microseconds)",
          "\(generator.lagMaxMicroseconds)", "\(generator.waitedForRoom)",
          machine.map { String(format: "%.0f %% of %d cores", $0.busyShare * 100, $0.cores) }
            ?? "–",
          machine.map { String(format: "%.1f %%", $0.stolenShare * 100) } ?? "–",
        ]
      })
  }
}
