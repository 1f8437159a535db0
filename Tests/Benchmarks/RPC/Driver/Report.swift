import Foundation

/// A row of the report: medians over the rounds.
struct Row: Codable {
  var server: String
  var inflight: Int
  var bytes: Int
  var rps: Double
  var p50_us: Double
  var p99_us: Double
  var server_cpu_us: Double
  /// Server CPU per call over that of the C++ one-queue server in the same case.
  var ratio: Double
}

enum Report {
  static func rows(_ samples: [Key: [Sample]], order: [String]) -> [Row] {
    EchoBenchmark.cases.flatMap { benchCase in
      let base = median(samples[Key(server: order[0], benchCase: benchCase)], \.server_cpu_us)
      return order.map { server in
        let own = samples[Key(server: server, benchCase: benchCase)]
        let cpu = median(own, \.server_cpu_us)
        return Row(
          server: server, inflight: benchCase.inflight, bytes: benchCase.bytes,
          rps: median(own, \.rps), p50_us: median(own, \.p50_us), p99_us: median(own, \.p99_us),
          server_cpu_us: cpu, ratio: cpu / base)
      }
    }
  }

  static func json(_ rows: [Row]) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(["rows": rows])
  }

  static func table(_ rows: [Row], _ options: Options) -> String {
    var lines = ["server          inflight  bytes       rps   p50 µs   p99 µs  CPU µs/call  ratio"]
    for row in rows {
      lines.append(
        String(
          format: "%@ %8d %6d %9.0f %8.0f %8.0f %12.2f %6.2f",
          row.server.padding(toLength: 15, withPad: " ", startingAt: 0), row.inflight, row.bytes,
          row.rps, row.p50_us, row.p99_us, row.server_cpu_us, row.ratio))
    }
    lines.append(
      "Medians of \(options.rounds) interleaved rounds of \(options.seconds) s; server CPU is "
        + "utime + stime; ratio = server CPU per call over cxx-one-queue's.")
    return lines.joined(separator: "\n")
  }

  private static func median(_ samples: [Sample]?, _ value: (Sample) -> Double) -> Double {
    let values = (samples ?? []).map(value).sorted()
    guard !values.isEmpty else { return .nan }
    let middle = values.count / 2
    return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
  }
}
