import ArgumentParser
import Datasets
import Foundation
import Rankers
import RecommendationCore

/// Learns to rank from graded queries and scores other rows: an open door for outside scorers.
struct FitRankCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit-rank",
    abstract: "Learn to rank from a LibSVM file of graded queries, and score the rows of another.",
    discussion: """
      Settings and rounds are chosen by cross-validation over the queries of --train; --candidates are only scored.
      --out gets one score a row, in the order of --candidates: higher is better within a query.
      """)

  @Option(
    help: ArgumentHelp(
      "Rows \"label [qid:query] index:value ...\", plain or .gz.", valueName: "file"))
  var train: String
  @Option(
    help: ArgumentHelp(
      "Rows of each query of --train, one number a line; not needed with qid:.", valueName: "file"))
  var query: String?
  @Option(help: ArgumentHelp("Rows to score, of the same format.", valueName: "file"))
  var candidates: String
  @Option(
    help: ArgumentHelp(
      "Rows of each query of --candidates; without it (and qid:) no column is read relative to its query.",
      valueName: "file"))
  var candidatesQuery: String?
  @Option(help: ArgumentHelp("Where scores go.", valueName: "file"))
  var out: String
  @Option(help: "Settings to try.") var trials = 18
  @Option(help: "No trial begins after so many minutes.") var budget = 10.0
  @Option(help: "Equal seeds choose, and learn, the same (where the budget is not used up).")
  var seed: UInt64 = 1
  @Flag(help: "Do not show progress.") var quiet = false

  func validate() throws {
    guard (1...10_000).contains(trials) else { throw ValidationError("--trials: 1 to 10,000") }
    guard budget > 0, budget <= 100_000 else { throw ValidationError("--budget: above 0") }
  }

  func run() throws {
    let rows = try LibSVMReader().read(train, queries: query)
    guard !rows.groups.isEmpty else {
      throw ValidationError("\(train) has no qid:, so --query is needed")
    }
    let others = try LibSVMReader(columns: rows.columns).read(
      candidates, queries: candidatesQuery)
    var learning = LearningToRank()
    learning.trials = trials
    learning.seed = seed
    learning.usesRelativeColumns = !others.groups.isEmpty
    let examples = RankingExamples(
      rows: try matrix(rows), labels: rows.labels, groups: rows.groups)
    let learned = try learning.fit(
      examples, deadline: ContinuousClock.now + .seconds(budget * 60)
    ) { progress in
      note(
        "trial \(progress.trial) of \(progress.trials): NDCG \(text(progress.quality)), best "
          + "\(text(progress.best)); \(progress.settings)")
    }
    let validation = learned.validation.map { "NDCG@\($0.place) \(text($0.ndcg))" }
    note("by cross-validation: \(validation.joined(separator: ", "))")
    let scores = try learned.score(matrix(others), groups: others.groups)
    let lines = scores.map { "\($0)\n" }.joined()
    try Data(lines.utf8).write(to: URL(fileURLWithPath: out))
  }

  private func matrix(_ rows: QueryRows) throws -> FeatureMatrix {
    guard
      let matrix = FeatureMatrix(
        rows: rows.labels.count, columns: rows.columns, values: rows.values)
    else { throw ValidationError("the rows do not fit their columns") }
    return matrix
  }

  private func text(_ value: Double) -> String { String(format: "%.4f", value) }

  private func note(_ line: String) {
    if !quiet { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
  }
}
