import Foundation

extension BenchmarkReport {
  /// For people.
  var table: String {
    var lines = [
      "                              suite   bare C++ chain",
      row("CPU ms a request", cpu_ms_per_request, chain_cpu_ms_per_request, "%14.3f"),
      row("p50 ms at \(Int(rate)) a second", p50_ms, chain_p50_ms, "%14.2f"),
      row("p99 ms at \(Int(rate)) a second", p99_ms, chain_p99_ms, "%14.2f"),
      row("saturated, a second", saturated_rps, chain_saturated_rps, "%14.0f"),
    ]
    for (name, cost) in cpu_ms_by_service.sorted(by: { $0.value > $1.value }) {
      lines.append(row("  CPU ms \(name)", cost, chain_cpu_ms_by_service[name] ?? 0, "%14.3f"))
    }
    lines += [
      String(format: "at saturation: %.3f ms CPU a request", saturated_cpu_ms_per_request),
      "errors: \(errors)" + (errors > 0 ? " \(errors_by_code)" : ""),
      "work: \(candidates) candidates (at least \(candidates_min)), \(trees) trees of depth "
        + "\(tree_depth), \(features) features, sources \(sources.joined(separator: ", "))",
      "data: \(dataset), \(items) items; request \(request_bytes) bytes, reply \(reply_bytes)",
      "calls behind a request, as recorded in this run (bytes there and back):",
    ]
    for call in calls {
      lines.append("  \(call.service) \(call.method): \(call.request_bytes), \(call.reply_bytes)")
    }
    lines.append(
      "Medians of \(rounds) rounds, suite and chain in turn. CPU is that of all servers, in user and kernel mode, at "
        + "\(Int(rate)) a second (open loop, latency from when due). Saturated: closed loop, "
        + "\(in_flight) under way; the load generator shares the \(cores) cores "
        + String(format: "(%.0f µs a request).", load_generator_us_per_request))
    lines += notes.map { "NOTE: \($0)" }
    return lines.joined(separator: "\n")
  }

  private func row(_ name: String, _ suite: Double, _ chain: Double, _ format: String) -> String {
    name.padding(toLength: 22, withPad: " ", startingAt: 0) + String(format: format, suite)
      + String(format: format, chain)
  }
}
