import Datasets
import Evaluation
import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import PipelineJobs

/// The open door: what goes in and comes out as files.
@Suite struct FitJobTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: folder.url.appendingPathComponent(name))
    return folder.path(name)
  }

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  /// Users of two halves of 20 items, 6 items each, in a seeded order.
  private func world() -> String {
    var generator = SeededGenerator(seed: 9)
    return (0..<80).map { user in
      let items = (0..<10).shuffled(using: &generator).prefix(6).map { "i\($0 + user % 2 * 10)" }
      return "u\(user) \(items.joined(separator: " "))\n"
    }.joined()
  }

  private func job(
    _ input: FitInput.Files, model: String, settings: [String] = [], out: String
  ) -> FitJob {
    var options = FitJob.Options()
    options.model = model
    options.settings = settings
    options.threads = 2
    options.trialLimit = 6
    return FitJob(input, options: options, output: folder.path(out))
  }

  private var silence: ProgressPrinter { ProgressPrinter(quiet: true) }

  @Test(arguments: ["item-knn", "ease", "auto"])
  func everyUserGetsAListWithoutItsHistory(model: String) throws {
    let train = try file("train.txt", world())
    let files = FitInput.Files(train: train, format: .lists)
    let outcome = try job(files, model: model, out: "lists.tsv").predict(
      count: 4, progress: silence)
    #expect(outcome.users == 80 && outcome.items == 20 && outcome.pairs == 480)
    let histories = try lines(train).map { Set($0.split(separator: " ").dropFirst()) }
    let answers = try lines(folder.path("lists.tsv"))
    #expect(answers.count == 80)
    for (user, answer) in answers.enumerated() {
      let parts = answer.split(separator: "\t")
      let items = parts[1].split(separator: " ")
      #expect(parts[0] == "u\(user)" && items.count == 4)
      #expect(Set(items).count == 4 && histories[user].isDisjoint(with: items))
      // The user's own half has four items left: they come first.
      #expect(items.allSatisfy { (Int($0.dropFirst()) ?? -1) / 10 == user % 2 })
    }
  }

  @Test func scoresComeInTheOrderOfTheCandidatesAndStrangersLast() throws {
    let train = try file("train.txt", world())
    let wanted = try file("wanted.tsv", "u3\ti1 i12 nobody\nstranger\ti2 i3\n")
    let files = FitInput.Files(train: train, format: .lists, candidates: wanted)
    _ = try job(files, model: "item-knn", out: "scores.tsv").score(progress: silence)
    let rows = try lines(folder.path("scores.tsv")).map { $0.split(separator: "\t") }
    #expect(
      rows.map { "\($0[0]) \($0[1])" } == [
        "u3 i1", "u3 i12", "u3 nobody", "stranger i2", "stranger i3",
      ])
    let scores = rows.compactMap { Double($0[2]) }
    #expect(scores.count == 5 && scores.allSatisfy(\.isFinite))
    #expect(scores[1] > scores[0] && scores[0] > scores[2])
  }

  @Test func longerHistoriesAreAnsweredFromAndNotLearned() throws {
    let train = try file("train.txt", "a x y\nb x y\nc y z\nd y z\n")
    let history = try file("history.txt", "a x y z\ne x\n")
    let files = FitInput.Files(train: train, format: .sequence, history: history)
    let outcome = try job(files, model: "item-knn", out: "lists.tsv").predict(
      count: 3, progress: silence)
    #expect(outcome.pairs == 8)
    let answers = try lines(folder.path("lists.tsv"))
    #expect(answers.map { String($0.prefix(1)) } == ["a", "b", "c", "d", "e"])
    #expect(answers[0] == "a\t")
    #expect(answers[4].hasPrefix("e\ty"))
  }

  @Test func whatMakesNoSenseIsRefusedAndLeavesNoFile() throws {
    let train = try file("train.txt", world())
    let files = FitInput.Files(train: train, format: .lists)
    for (model, settings) in [
      ("nonsense", []), ("ease", ["regularization=-1"]), ("ease", ["what=1"]),
      ("ease", ["regularization"]), ("slist", []), ("svd++", []),
    ] {
      #expect(throws: (any Error).self, "\(model) \(settings)") {
        try job(files, model: model, settings: settings, out: "none.tsv")
          .predict(count: 4, progress: silence)
      }
    }
    #expect(throws: PipelineError.self) {
      try job(files, model: "ease", out: "missing/lists.tsv").predict(count: 4, progress: silence)
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(left == ["train.txt"])
  }

  @Test func comparisonHoldsListsToTheProtocol() throws {
    let train = try file("train.txt", "a x y\nb y z\n")
    let test = try file("test.txt", "a z\nb x\n")
    let good = try file("good.tsv", "a\tz\nb\tx\n")
    let poor = try file("poor.tsv", "a\tz\nb\t\n")
    func compare(_ lists: [String]) throws -> [CompareJob.Row] {
      try CompareJob(train: train, test: test, format: .lists, lists: lists, cutoffs: [1, 5]).run()
    }
    let rows = try compare([good, poor])
    #expect(rows[0].metrics["NDCG@5"] == 1 && rows[1].metrics["HR@1"] == 0.5)
    #expect(rows[0].againstFirst == nil && rows[1].againstFirst?.difference == -0.5)
    for broken in ["a\tz z\nb\tx\n", "a\tx\nb\tx\n", "a\tw\n", "q\tz\n"] {
      let lists = try file("broken.tsv", broken)
      #expect(throws: PipelineError.self) { try compare([good, lists]) }
    }
  }
}
