import ArgumentParser
import Datasets
import Foundation
import PipelineJobs

/// What both doors for other people's scorers take.
struct FitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "All that may be learned from; plain or .gz, without a header.", valueName: "file"))
  var train: String

  @Option(
    help:
      "pairs: user<TAB>item[<TAB>value[<TAB>time]]; lists: user item item …; sequence: the same, oldest first."
  )
  var format: FeedbackReader.Format

  @Option(
    help: ArgumentHelp(
      "What models are chosen by; by default a part of the train file is held out for it.",
      valueName: "file"))
  var valid: String?

  @Option(
    help: ArgumentHelp(
      "Histories to answer from, where they are longer than what may be learned from.",
      valueName: "file"))
  var history: String?

  @Option(
    help: "A kind (recsys kinds lists them), or auto: chosen, tuned and blended by validation.")
  var model = "auto"

  @Option(name: .customLong("set"), help: ArgumentHelp("A setting.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "Equal seeds give equal models (auto: as far as the time allows the same tries).")
  var seed: UInt64 = 1

  @Option(help: "Threads to fit with; by default all cores.")
  var threads: Int?

  @Option(help: ArgumentHelp("Time of auto, from start to end.", valueName: "minutes"))
  var budget = 10.0

  @Option(help: "Fits that auto tries at most; by default as many as the time allows.")
  var trials: Int?

  @Option(
    help:
      "What auto chooses for, ranking or rating; by default rating where scores are asked of a file with graded values."
  )
  var target: FitJob.Target?

  @Option(help: ArgumentHelp("Where the answer goes.", valueName: "file"))
  var out: String

  @Flag(help: "Print the result as JSON.")
  var json = false

  @Flag(help: "Do not show progress.")
  var quiet = false

  func validate() throws {
    guard budget > 0, budget <= 100_000 else {
      throw ValidationError("--budget lies above 0")
    }
    guard threads ?? 1 > 0, threads ?? 1 <= 1024 else {
      throw ValidationError("--threads lies between 1 and 1024")
    }
    guard trials ?? 1 > 0 else { throw ValidationError("--trials lies above 0") }
    guard model != "auto" || settings.isEmpty else {
      throw ValidationError("--set needs a --model other than auto")
    }
  }

  var progress: ProgressPrinter { ProgressPrinter(quiet: quiet) }

  func job(candidates: String? = nil) -> FitJob {
    var options = FitJob.Options()
    options.model = model
    options.settings = settings
    options.seed = seed
    options.threads = threads
    options.budget = .seconds(budget * 60)
    options.target = target
    options.trialLimit = trials
    let files = FitInput.Files(
      train: train, format: format, valid: valid, history: history, candidates: candidates)
    return FitJob(files, options: options, output: out)
  }

  func print(_ outcome: FitJob.Outcome) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      Swift.print(String(decoding: try encoder.encode(outcome), as: UTF8.self))
      return
    }
    for model in outcome.models {
      let settings = model.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      Swift.print("\(model.kind) × \(model.weight)  \(settings.joined(separator: " "))")
    }
    if let ndcg = outcome.validationNDCG {
      Swift.print(String(format: "NDCG %.4f on the validation part, ", ndcg), terminator: "")
      Swift.print("of \(outcome.trials ?? 0) fits")
    }
    Swift.print(
      "\(outcome.users) users, \(outcome.items) items, \(outcome.pairs) pairs; "
        + String(
          format: "fitted in %.1f s, answered in %.1f s", outcome.fitSeconds, outcome.answerSeconds)
    )
  }
}

extension FeedbackReader.Format: ExpressibleByArgument {}
extension FitJob.Target: ExpressibleByArgument {}

/// Lists for every user.
struct FitPredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit-predict",
    abstract: "Learn from exactly one file and write each user's best items.",
    discussion:
      "Writes user<TAB>item item …, best first, without items of the history, for every user of the file."
  )

  @OptionGroup var fit: FitOptions

  @Option(help: "Length of the lists.")
  var k = 20

  func validate() throws {
    guard (1...10_000).contains(k) else { throw ValidationError("--k lies between 1 and 10000") }
  }

  func run() throws {
    try fit.print(fit.job().predict(count: k, progress: fit.progress))
  }
}

/// Scores of listed items.
struct FitScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit-score",
    abstract: "Learn from exactly one file and write scores of listed pairs.",
    discussion: "Writes user<TAB>item<TAB>score for every candidate, in the order of their file.")

  @OptionGroup var fit: FitOptions

  @Option(
    help: ArgumentHelp("user<TAB>item item …: what to score.", valueName: "file"))
  var candidates: String

  func run() throws {
    try fit.print(fit.job(candidates: candidates).score(progress: fit.progress))
  }
}

/// What `--model` takes.
struct KindsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kinds", abstract: "List the kinds of recommenders and their settings.")

  @Argument(help: "One kind, with its settings.")
  var kind: String?

  func run() throws { Swift.print(try KindListing(kind).text) }
}
