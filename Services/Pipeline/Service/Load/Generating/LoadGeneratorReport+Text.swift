import Foundation

extension LoadGeneratorReport {
  /// Why these latencies may be the load generator's own and not the server's; nil where they are not.
  ///
  /// A request's latency counts from when it was due, so what the generator is late itself is in it.
  public var warning: String? {
    let lag = Double(generator.lagP99Microseconds)
    if let latency, lag > 1000, lag > Double(latency.p99Microseconds) / 4 {
      return String(
        format:
          "the load generator itself sent late (p99 %.2f ms): the latencies are partly its own",
        lag / 1000)
    }
    if let share = generator.coreShare, share > 0.9 {
      return String(
        format: "the load generator used %.0f %% of a core: it is the bottleneck, or near it",
        share * 100)
    }
    return nil
  }
}

extension LoadGeneratorReport.Latency: CustomStringConvertible {
  /// The percentiles in milliseconds, for people.
  public var description: String {
    func text(_ value: Int) -> String { String(format: "%.2f", Double(value) / 1000) }
    return
      "p50 \(text(p50Microseconds))  p95 \(text(p95Microseconds))  p99 \(text(p99Microseconds))"
      + "  p99.9 \(text(p999Microseconds))  max \(text(maxMicroseconds))"
  }
}

extension LoadGeneratorReport: CustomStringConvertible {
  /// The report as a few lines for people.
  public var description: String {
    var lines = [headline]
    for (code, count) in errors.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(code): \(count)")
    }
    if let latency { lines.append("latency ms: \(latency)") }
    if kinds.count > 1 {
      for kind in kinds {
        let failed = kind.errors.values.reduce(0, +)
        let failures = failed > 0 ? ", \(failed) failed" : ""
        lines.append(
          "  \(kind.name) (\(kind.succeeded)\(failures)): "
            + (kind.latency.map { "\($0)" } ?? "none went well"))
      }
    }
    for process in processorTimes {
      let cost = process.microsecondsPerRequest.map { String(format: "%.0f µs a request", $0) }
      let share = process.coreShare.map { String(format: ", %.0f %% of a core", $0 * 100) }
      lines.append("CPU \(process.name): \(cost ?? "the process ended")\(share ?? "")")
    }
    if processorTimes.count > 1, let all = microsecondsPerRequest {
      lines.append(String(format: "CPU of all: %.0f µs a request", all))
    }
    lines.append(generatorLine)
    if let machine {
      lines.append(
        String(
          format: "machine: %d cores, %.0f %% busy, %.1f %% taken by the hypervisor", machine.cores,
          machine.busyShare * 100, machine.stolenShare * 100))
    }
    if let warning { lines.append("NOTE: \(warning)") }
    return lines.joined(separator: "\n")
  }

  private var headline: String {
    let rate =
      requestedPerSecond.map { String(format: "due at %.1f a second", $0) } ?? "in a closed loop"
    return "\(due) requests \(rate), measured for "
      + String(
        format: "%.1f s: %d succeeded (%.1f a second), %d failed", seconds, succeeded,
        succeededPerSecond, failed)
  }

  private var generatorLine: String {
    let cost = generator.microsecondsPerRequest.map { String(format: "%.0f µs a request, ", $0) }
    let waits =
      generator.waitedForRoom > 0
      ? ", \(generator.waitedForRoom) waited since too many were under way" : ""
    return "load generator: \(cost ?? "")sent late by p50 \(generator.lagP50Microseconds) µs, "
      + "p99 \(generator.lagP99Microseconds) µs\(waits)"
  }
}
