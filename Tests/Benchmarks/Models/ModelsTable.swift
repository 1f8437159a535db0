import ArgumentParser
import Evaluation
import Foundation
import RecommendationCore
import Recommenders

/// The table of the public sets: what auto chooses inside the train part, measured once on the test part.
struct ModelsTable: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table",
    abstract:
      "Choose, tune and blend on each public set by validation, then measure once on its test part."
  )

  @Option(help: "The folder of the public data.")
  var data: String

  @Option(help: ArgumentHelp("With commas.", valueName: "set,set,…"))
  var sets = BenchmarkSet.names.joined(separator: ",")

  @Option(help: ArgumentHelp("Time for each set.", valueName: "minutes"))
  var budget = 30.0

  @Flag(help: "The two smallest sets, two minutes each.")
  var quick = false

  @Option(help: "Of everything that is drawn.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Also write the rows there.", valueName: "file"))
  var json: String?

  /// A row of the table.
  private struct Row: Encodable {
    var set: String
    var measured: String
    var first: Double
    var second: Double
    var published: String
    var blend: [String]
    var bestByKind: [String: Double]
    var seconds: Double
    var peakMebibytes: Double
  }

  /// The figures of papers that are to be beaten; see `../shared/data/README.md`.
  private static let published = [
    "gowalla": ("Recall@20 / NDCG@20", "SimpleX .1872 / .1557, UltraGCN .1862 / .1580"),
    "electronics": ("F1@20 / NDCG@20", "SimpleX .0338 / .0842"),
    "ncf": ("HR@10 / NDCG@10 among 100", "MF .7294 / .4523 (Rendle et al. 2020)"),
    "ml-1m": ("Recall@10 / NDCG@10", "gSASRec .3003 / .1726"),
    "beauty": ("HR@10 / NDCG@10", "TIGER .0648 / .0384"),
    "toys": ("HR@10 / NDCG@10", "TIGER .0712 / .0432"),
  ]

  func run() throws {
    let names = quick ? ["electronics", "beauty"] : sets.split(separator: ",").map(String.init)
    var rows: [Row] = []
    for name in names {
      let row = try measured(name)
      rows.append(row)
      print(
        row.set, row.measured,
        String(format: "%.4f / %.4f", row.first, row.second), "published: \(row.published)",
        String(format: "%.0f s, peak %.0f MiB", row.seconds, row.peakMebibytes), separator: "  ")
      for part in row.blend { print("    \(part)") }
      let kinds = row.bestByKind.sorted { $0.value > $1.value }
      print(
        "    validation NDCG alone: "
          + kinds.map { String(format: "\($0.key) %.4f", $0.value) }.joined(separator: ", "))
    }
    if let json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(rows).write(to: URL(fileURLWithPath: json), options: .atomic)
    }
  }

  private func measured(_ name: String) throws -> Row {
    let start = ContinuousClock.now
    let set = try BenchmarkSet(name, data: data)
    var options = ModelChooser.Options()
    options.budget = .seconds((quick ? 2 : budget) * 60)
    options.seed = seed
    if case .allItems(let k) = set.measure { options.k = k } else { options.k = 10 }
    options.log = { ModelsBenchmark.say("\(name): \($0)") }
    let choice = try ModelChooser(options).choose(set.feedback)
    let question = try BenchmarkQuestion(set, isTest: true, seed: seed)
    let metrics = try question.quality(of: choice.model, sample: nil)
    var best: [String: Double] = [:]
    for trial in choice.trials { best[trial.kind] = max(best[trial.kind] ?? 0, trial.quality) }
    let (measured, published) = Self.published[name] ?? ("Recall / NDCG", "")
    return Row(
      set: name, measured: measured,
      first: name == "electronics" ? question.f1(metrics) : metrics.recall, second: metrics.ndcg,
      published: published,
      blend: choice.members.map { member in
        let settings = member.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return String(format: "%@ × %.2f  ", member.kind, member.weight)
          + settings.joined(separator: " ")
      },
      bestByKind: best, seconds: (ContinuousClock.now - start) / .seconds(1),
      peakMebibytes: ModelsBenchmark.peakMebibytes)
  }
}
