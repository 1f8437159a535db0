/// What the validation rules found in a dataset.
public struct ValidationReport: Codable, Sendable, Equatable {
  /// How much a finding matters.
  public enum Severity: String, Codable, Sendable, Comparable {
    /// Worth knowing; never fails a run.
    case note
    /// The rows concerned were mended or dropped; fails a strict run.
    case warning
    /// The data contradicts itself or cannot be read; fails a strict run.
    case error

    /// Notes are least.
    public static func < (lhs: Severity, rhs: Severity) -> Bool { lhs.order < rhs.order }
    private var order: Int { self == .note ? 0 : self == .warning ? 1 : 2 }
  }

  /// One rule's result.
  public struct Finding: Codable, Sendable, Equatable {
    /// e.g. `schema`, `range.value`, `duplicate`, `orphan.item`, `time.order`.
    public var rule: String
    /// How much it matters.
    public var severity: Severity
    /// What the rule asks, and what was done about rows that break it.
    public var text: String
    /// Rows, users or items concerned.
    public var count: Int
    /// The first few, with file and line where they have one.
    public var examples: [String]
  }

  /// Rows of interactions read.
  public var rowsRead = 0
  /// Rows of interactions kept.
  public var rowsKept = 0
  /// Findings, in the order of their rules' first breach.
  public private(set) var findings: [Finding] = []

  /// At most so many examples are kept a rule.
  public static let exampleLimit = 5

  /// An empty report.
  public init() {}

  /// Counts a breach of a rule.
  ///
  /// - Parameter example: asked for only while fewer than ``exampleLimit`` are kept.
  public mutating func record(
    _ rule: String, _ severity: Severity, _ text: String, count: Int = 1,
    example: @autoclosure () -> String? = nil
  ) {
    var index = findings.firstIndex { $0.rule == rule }
    if index == nil {
      index = findings.count
      findings.append(Finding(rule: rule, severity: severity, text: text, count: 0, examples: []))
    }
    guard let index else { return }
    findings[index].count += count
    if findings[index].examples.count < Self.exampleLimit, let example = example() {
      findings[index].examples.append(example)
    }
  }

  /// How often a rule was broken.
  public func count(of rule: String) -> Int { findings.first { $0.rule == rule }?.count ?? 0 }

  /// Whether a strict run must end here: something is worse than a note.
  public var failsStrictRun: Bool { findings.contains { $0.severity > .note } }

  /// The report for people.
  public var text: String {
    var lines = ["rows read \(rowsRead), kept \(rowsKept)"]
    if findings.isEmpty { lines.append("no findings") }
    for finding in findings.sorted(by: { $0.severity > $1.severity }) {
      lines.append(
        "\(finding.severity.rawValue.uppercased()) \(finding.rule): \(finding.count) — \(finding.text)"
      )
      lines += finding.examples.map { "    e.g. \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
