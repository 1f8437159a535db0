import Foundation

/// What an evaluation found, for people and for machines.
public struct EvaluationReport: Sendable, Codable, Equatable {
  /// The figures of the first k places.
  public struct AtCutoff: Sendable, Codable, Equatable {
    /// Number of places.
    public var k: Int
    /// Means over users.
    public var metrics: RankingMetrics
    /// Share of the items that stood in some user's first k places.
    public var coverage: Double

    /// Figures.
    public init(k: Int, metrics: RankingMetrics, coverage: Double) {
      self.k = k
      self.metrics = metrics
      self.coverage = coverage
    }
  }

  /// The model's name.
  public var name: String
  /// Users with a test item.
  public var users: Int
  /// Items that were ranked.
  public var items: Int
  /// Time that scoring and ranking took.
  public var seconds: Double
  /// Figures by number of places, rising.
  public var atCutoffs: [AtCutoff]

  /// A report.
  public init(
    name: String, users: Int, items: Int, seconds: Double, atCutoffs: [AtCutoff]
  ) {
    self.name = name
    self.users = users
    self.items = items
    self.seconds = seconds
    self.atCutoffs = atCutoffs
  }

  /// The metrics of the first k places; nil when they were not measured there.
  public func metrics(at k: Int) -> RankingMetrics? { atCutoffs.first { $0.k == k }?.metrics }

  /// The figures by the names that manifests use, e.g. "ndcg@10".
  public var named: [String: Double] {
    var named: [String: Double] = [:]
    for at in atCutoffs {
      for (name, value) in zip(Self.columnNames, at.columns) {
        named["\(name.lowercased())@\(at.k)"] = value
      }
    }
    return named
  }

  /// JSON with sorted keys.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Reports side by side as a plain text table: a row a model and number of places.
  public static func table(_ reports: [EvaluationReport]) -> String {
    var rows = [["model", "k"] + columnNames]
    let cutoffs = Set(reports.flatMap { $0.atCutoffs.map(\.k) }).sorted()
    for k in cutoffs {
      for report in reports {
        guard let at = report.atCutoffs.first(where: { $0.k == k }) else { continue }
        rows.append([report.name, "\(k)"] + at.columns.map { fourDigits($0) })
      }
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  static let columnNames = ["Precision", "Recall", "NDCG", "MAP", "HR", "MRR", "Coverage"]

  private static func fourDigits(_ value: Double) -> String { String(format: "%.4f", value) }
}

extension EvaluationReport.AtCutoff {
  fileprivate var columns: [Double] {
    [
      metrics.precision, metrics.recall, metrics.ndcg, metrics.averagePrecision, metrics.hitRate,
      metrics.reciprocalRank, coverage,
    ]
  }
}
