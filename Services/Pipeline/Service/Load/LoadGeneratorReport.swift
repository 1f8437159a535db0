import Foundation
internal import Histogram

/// What came of the load; latencies are counted from when each request was due.
public struct LoadGeneratorReport: Sendable, Codable {
  /// Latencies of the requests that went well, in microseconds.
  public struct Latency: Sendable, Codable, Hashable {
    /// The mean.
    public let meanMicroseconds: Double
    /// Half were at most this.
    public let p50Microseconds: Int
    /// Nine of ten were at most this.
    public let p90Microseconds: Int
    /// 99 of 100 were at most this.
    public let p99Microseconds: Int
    /// 999 of 1000 were at most this.
    public let p999Microseconds: Int
    /// The slowest.
    public let maxMicroseconds: Int
  }

  /// What a watched process used.
  public struct ProcessorTime: Sendable, Codable, Hashable {
    /// The process.
    public let name: String
    /// CPU time for one request; nil when the process ended or was restarted meanwhile.
    public let microsecondsPerRequest: Double?
    /// The share of one core.
    public let coreShare: Double?
  }

  /// The rate that was asked for.
  public let requestedPerSecond: Double
  /// Requests that went well, a second.
  public let succeededPerSecond: Double
  /// How long was measured, until the last answer.
  public let seconds: Double
  /// Requests that were due while measuring.
  public let due: Int
  /// Requests that went well.
  public let succeeded: Int
  /// Requests that failed, by the name of the code. `NOT_SENT`: still waiting for room when the time
  /// was up.
  public let errors: [String: Int]
  /// Latencies of the requests that went well; nil when none did.
  public let latency: Latency?
  /// What the watched processes used.
  public let processorTimes: [ProcessorTime]

  /// Requests that failed.
  public var failed: Int { errors.values.reduce(0, +) }
}

extension LoadGeneratorReport.Latency {
  init?(_ histogram: Histogram<UInt64>) {
    guard histogram.totalCount > 0 else { return nil }
    func at(_ percentile: Double) -> Int { Int(histogram.valueAtPercentile(percentile)) }
    self.init(
      meanMicroseconds: histogram.mean, p50Microseconds: at(50), p90Microseconds: at(90),
      p99Microseconds: at(99), p999Microseconds: at(99.9),
      maxMicroseconds: Int(histogram.maxRecorded))
  }
}

extension LoadGeneratorReport: CustomStringConvertible {
  /// The report as a few lines for people.
  public var description: String {
    var lines = [
      String(
        format: "%d requests due at %.1f a second, measured for %.1f s: %d succeeded, %d failed",
        due, requestedPerSecond, seconds, succeeded, failed)
    ]
    for (code, count) in errors.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(code): \(count)")
    }
    if let latency {
      func milliseconds(_ value: Int) -> String { String(format: "%.2f", Double(value) / 1000) }
      lines.append(
        "latency ms: p50 \(milliseconds(latency.p50Microseconds))  "
          + "p90 \(milliseconds(latency.p90Microseconds))  "
          + "p99 \(milliseconds(latency.p99Microseconds))  "
          + "p99.9 \(milliseconds(latency.p999Microseconds))  "
          + "max \(milliseconds(latency.maxMicroseconds))")
    }
    for process in processorTimes {
      let cost = process.microsecondsPerRequest.map { String(format: "%.0f µs a request", $0) }
      let share = process.coreShare.map { String(format: ", %.0f %% of a core", $0 * 100) }
      lines.append("CPU \(process.name): \(cost ?? "the process ended")\(share ?? "")")
    }
    return lines.joined(separator: "\n")
  }
}
