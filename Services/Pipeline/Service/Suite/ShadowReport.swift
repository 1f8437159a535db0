import Foundation

/// How far the shadow ranker would have ranked otherwise, over all gateways of the running suite.
public struct ShadowReport: Codable, Sendable, Equatable {
  /// Requests that both rankers scored.
  public var compared: Int
  /// Requests that the shadow ranker could not score.
  public var failed: Int
  /// Drawn requests that were passed over: too many comparisons under way, or the gateway had too much to do.
  public var passedOver: Int
  /// Mean share of the first places that both give to the same items; nil without comparisons.
  public var overlap: Double?
  /// Mean rank correlation (Spearman); nil without comparisons.
  public var rankCorrelation: Double?
  /// Mean number of places by which a candidate moves; nil without comparisons.
  public var meanRankShift: Double?

  /// Asks the gateways of the suite that runs on a state folder.
  ///
  /// - Throws: ``PipelineError`` when none runs, or its metrics cannot be read.
  public static func read(_ state: StateFolder) async throws -> ShadowReport {
    guard let suite = SuiteListing.read(state), let ports = suite.sidePorts else {
      throw PipelineError(.missing, "no suite runs on \(state.root): start `recsys up`")
    }
    var pages: [MetricsPage] = []
    for (name, port) in ports where name == "gateway" || name.hasPrefix("gateway-") {
      pages.append(try await MetricsPage.fetch(port: port))
    }
    return ShadowReport(pages)
  }

  init(_ pages: [MetricsPage]) {
    func total(_ name: String, _ label: String = "") -> Double {
      pages.reduce(0) { $0 + $1.sum("recsys_gateway_shadow_\(name)", label: label) }
    }
    func mean(_ name: String) -> Double? {
      let count = total("\(name)_count")
      return count > 0 ? total("\(name)_sum") / count : nil
    }
    compared = Int(total("total", "outcome=\"compared\""))
    failed = Int(total("total", "outcome=\"failed\""))
    passedOver = Int(total("total", "outcome=\"passed_over\""))
    overlap = mean("overlap_percent").map { $0 / 100 }
    rankCorrelation = mean("rank_correlation_percent").map { $0 / 100 }
    meanRankShift = mean("mean_rank_shift")
  }

  /// For people.
  public var text: String {
    let counts = "compared \(compared), failed \(failed), passed over \(passedOver)"
    guard let overlap, let rankCorrelation, let meanRankShift else {
      return counts + "\n(nothing was compared: is shadow.label set, and that model labelled?)"
    }
    return counts
      + String(
        format: "\noverlap of the first places %.3f, rank correlation %.3f, mean shift %.1f places",
        overlap, rankCorrelation, meanRankShift)
  }
}
