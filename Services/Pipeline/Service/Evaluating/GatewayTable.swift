public import Evaluation
import Foundation
import RPC
import RecommendationProtos
import ServiceContracts

/// What each part of the suite is worth, through the gateway: every source alone, their blend, the ranked blend,
/// and the ranked blend spread, with what the spreading costs.
public struct GatewayTable: Sendable {
  /// One way of asking.
  public struct Row: Sendable, Codable {
    /// e.g. "als alone".
    public var name: String
    /// NDCG@10 over the users.
    public var ndcg: Double
    /// Recall@10.
    public var recall: Double
    /// Share of the catalogue in some user's first ten places.
    public var coverage: Double
    /// NDCG@10 less than that of the ranked blend, as a share of it; below zero where it is more.
    public var cost: Double
    /// Slates that came degraded.
    public var degradedCount: Int
    /// Slates with fewer items than were asked for.
    public var shortCount: Int
    /// Requests that failed, by code.
    public var failures: [String: Int]
    /// All figures.
    public var report: EvaluationReport
  }

  /// Where the gateway listens.
  public var target: String
  /// So many users drawn at random; nil for all.
  public var sampleSize: Int?
  /// Of the sample.
  public var seed: UInt64

  /// A table.
  public init(target: String, sampleSize: Int? = nil, seed: UInt64 = 1) {
    self.target = target
    self.sampleSize = sampleSize
    self.seed = seed
  }

  /// Asks all ways, one after the other.
  public func run(in state: StateFolder, progress: ProgressPrinter) async throws -> [Row] {
    var rows: [Row] = []
    for way in Self.ways {
      var evaluation = GatewayEvaluation(target: target, sampleSize: sampleSize, seed: seed)
      evaluation.name = way.name
      evaluation.change = way.change
      let outcome = try await evaluation.run(in: state, progress: progress)
      progress.say(way.name + Self.figure(outcome.report.metrics(at: 10)?.ndcg ?? 0, 12))
      let at = outcome.report.atCutoffs.first { $0.k == 10 }
      rows.append(
        Row(
          name: way.name, ndcg: at?.metrics.ndcg ?? 0, recall: at?.metrics.recall ?? 0,
          coverage: at?.coverage ?? 0, cost: 0, degradedCount: outcome.degradedCount,
          shortCount: outcome.shortCount, failures: outcome.failures, report: outcome.report))
    }
    let ranked = rows.first { $0.name == Self.rankedName }?.ndcg ?? 0
    for index in rows.indices where ranked > 0 { rows[index].cost = 1 - rows[index].ndcg / ranked }
    return rows
  }

  /// As a plain text table.
  public static func text(_ rows: [Row]) -> String {
    let width = rows.map(\.name.count).max() ?? 0
    let head =
      "way".padding(toLength: width, withPad: " ", startingAt: 0)
      + "    NDCG@10  Recall@10  Coverage@10  NDCG cost  degraded  short  failed"
    let lines = rows.map { row in
      row.name.padding(toLength: width, withPad: " ", startingAt: 0) + figure(row.ndcg, 11)
        + figure(row.recall, 11) + figure(row.coverage, 13)
        + String(format: "%10.1f%%", row.cost * 100)
        + String(
          format: "%10d%7d%8d", row.degradedCount, row.shortCount,
          row.failures.values.reduce(0, +))
    }
    return ([head] + lines).joined(separator: "\n")
  }

  private static func figure(_ value: Double, _ width: Int) -> String {
    let text = String(format: "%.4f", value)
    return String(repeating: " ", count: max(1, width - text.count)) + text
  }

  // MARK: Ways of asking

  static let rankedName = "ranked"

  private struct Way: Sendable {
    let name: String
    let change: @Sendable (inout Recsys_Gateway_V1_RecommendRequest) -> Void
  }

  /// The last two spread: as the policy says, and further.
  private static var ways: [Way] {
    StandardSource.all.map { source in
      Way(name: "\(source.name) alone") {
        $0.sources = [source.name]
        $0.withoutRanking = true
        $0.diversity.mode = .off
      }
    } + [
      Way(name: "blend") {
        $0.withoutRanking = true
        $0.diversity.mode = .off
      },
      Way(name: rankedName) { $0.diversity.mode = .off },
      Way(name: "ranked + diversity") { _ in },
      Way(name: "ranked + diversity 0.5") { $0.diversity.strength = 0.5 },
    ]
  }
}
