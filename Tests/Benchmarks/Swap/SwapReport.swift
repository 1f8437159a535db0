import Foundation
import PipelineJobs
import RecommendationProtos

/// One part of the load.
struct SwapPart: Sendable {
  /// What the replies said.
  struct Seen: Sendable {
    /// Replies by the version of the ranker that scored them.
    var byRanker: [String: Int] = [:]
    /// Replies that name no ranker, or more than one.
    var mixed = 0
    /// Replies that came degraded, by component and reason.
    var degraded: [String: Int] = [:]
    var degradedReplies = 0

    mutating func add(_ response: Recsys_Gateway_V1_RecommendResponse) {
      let versions = response.versions.filter { $0.component == "ranker" }.map(\.version)
      if versions.count == 1 { byRanker[versions[0], default: 0] += 1 } else { mixed += 1 }
      if !response.degraded.isEmpty { degradedReplies += 1 }
      for entry in response.degraded {
        degraded["\(entry.component): \(entry.reason)", default: 0] += 1
      }
    }
  }

  var load: LoadGeneratorReport
  var seen: Seen

  var p99Milliseconds: Double { Double(load.latency?.p99Microseconds ?? 0) / 1_000 }
  var p50Milliseconds: Double { Double(load.latency?.p50Microseconds ?? 0) / 1_000 }
  /// Requests that failed, or whose slate was not what it should have been.
  var errors: Int { load.failed + seen.degradedReplies + seen.mixed }
}

/// What the requests felt of the switches.
struct SwapReport: Sendable {
  var rate: Double
  var replicas: Int
  var rankers: SwapState.Rankers
  var before: SwapPart
  var during: SwapPart
  var after: SwapPart
  /// How long each move of the label took: the first one loads, checks and warms the model.
  var switchMilliseconds: [Double]

  var errors: Int {
    // A middle part in which only one ranker answered has measured no switch.
    let hasSwitched = during.seen.byRanker.count == 2
    return before.errors + during.errors + after.errors + (hasSwitched ? 0 : 1)
  }

  var text: String {
    var lines = [
      String(
        format:
          "ranker %@ -> %@ and back, twice, at %.0f requests a second, %d process%@ a service",
        rankers.serving, rankers.challenger, rate, replicas, replicas == 1 ? "" : "es"),
      "moves of the label took "
        + switchMilliseconds.map { String(format: "%.0f ms", $0) }.joined(separator: ", "),
    ]
    for (name, part) in [("before", before), ("during", during), ("after", after)] {
      let rankers = part.seen.byRanker.sorted { $0.key < $1.key }
        .map { "\($0.key): \($0.value)" }.joined(separator: ", ")
      lines.append(
        String(
          format: "%@  p50 %.2f ms  p99 %.2f ms  errors %d  (%@)",
          name.padding(toLength: 6, withPad: " ", startingAt: 0), part.p50Milliseconds,
          part.p99Milliseconds, part.errors, rankers))
      for (code, count) in part.load.errors.sorted(by: { $0.key < $1.key }) {
        lines.append("        \(code): \(count)")
      }
      for (what, count) in part.seen.degraded.sorted(by: { $0.key < $1.key }) {
        lines.append("        degraded \(what): \(count)")
      }
    }
    return lines.joined(separator: "\n")
  }

  /// As machines read it.
  private struct Figures: Encodable {
    var p99MsBefore: Double
    var p99MsDuring: Double
    var p99MsAfter: Double
    var p50MsBefore: Double
    var p50MsDuring: Double
    var p50MsAfter: Double
    var errors: Int
    var requests: Int
    var rate: Double
    var switchMs: [Double]
    var repliesByRankerDuring: [String: Int]

    enum CodingKeys: String, CodingKey {
      case p99MsBefore = "p99_ms_before"
      case p99MsDuring = "p99_ms_during"
      case p99MsAfter = "p99_ms_after"
      case p50MsBefore = "p50_ms_before"
      case p50MsDuring = "p50_ms_during"
      case p50MsAfter = "p50_ms_after"
      case errors, requests, rate
      case switchMs = "switch_ms"
      case repliesByRankerDuring = "replies_by_ranker_during"
    }
  }

  func write(to path: String) throws {
    let figures = Figures(
      p99MsBefore: before.p99Milliseconds, p99MsDuring: during.p99Milliseconds,
      p99MsAfter: after.p99Milliseconds, p50MsBefore: before.p50Milliseconds,
      p50MsDuring: during.p50Milliseconds, p50MsAfter: after.p50Milliseconds, errors: errors,
      requests: before.load.due + during.load.due + after.load.due, rate: rate,
      switchMs: switchMilliseconds, repliesByRankerDuring: during.seen.byRanker)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(figures).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
