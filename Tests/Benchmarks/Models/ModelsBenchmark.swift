import ArgumentParser
import Evaluation
import Foundation
import RecommendationCore
import Recommenders

/// Models on the public data sets, by their published protocols.
struct ModelsBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "one",
    abstract: "Fit one kind on one data set and measure it; on a validation part unless --test.")

  @Argument(help: "One of \(BenchmarkSet.names.joined(separator: ", ")).")
  var set: String

  @Argument(help: "One of \(RecommenderKinds.all.map { $0.name }.joined(separator: ", ")).")
  var model: String

  @Option(help: "The folder of the public data.")
  var data: String

  @Option(name: .customLong("set"), help: ArgumentHelp("A setting.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "Of the model, and of what is held out.")
  var seed: UInt64 = 1

  @Flag(help: "Learn from all of the train part and measure on the test part.")
  var test = false

  func run() throws {
    let benchmark = try BenchmarkSet(set, data: data)
    guard let kind = RecommenderKinds.named(model) else {
      throw ValidationError("there is no model \(model)")
    }
    var replacing: [String: String] = [:]
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw ValidationError("--set takes key=value") }
      replacing[parts[0]] = parts[1]
    }
    let question = try BenchmarkQuestion(benchmark, isTest: test, seed: seed)
    let values = try SettingValues(
      kind.settings, shape: question.train.shape, replacing: replacing)
    if let obstacle = kind.obstacle(question.train.shape) { throw ValidationError(obstacle) }
    let clock = ContinuousClock()
    let start = clock.now
    let isTest = test
    var context = FitContext(seed: seed)
    context.progress = { progress in
      let seconds: Double = (clock.now - start) / .seconds(1)
      Self.say(Self.line(progress, seconds: seconds))
    }
    if !isTest { context.validate = { try question.quality(of: $0, sample: 2_000).ndcg } }
    let fitted = try kind.init(values).fit(question.train, context: context)
    let fitSeconds = (clock.now - start) / .seconds(1)
    let metrics = try question.quality(of: fitted, sample: nil)
    let askSeconds = (clock.now - start) / .seconds(1) - fitSeconds
    let figures = String(
      format: "recall %.4f ndcg %.4f hr %.4f f1 %.4f fit %.2f s ask %.2f s peak %.0f MiB",
      metrics.recall, metrics.ndcg, metrics.hitRate, question.f1(metrics), fitSeconds, askSeconds,
      Self.peakMebibytes)
    let found = fitted.found.isEmpty ? "" : "  found \(fitted.found)"
    print("\(set) \(model) \(isTest ? "test" : "validation")  \(figures)  \(values)\(found)")
  }

  private static func line(_ progress: FitProgress, seconds: Double) -> String {
    var line = "pass \(progress.pass) of \(progress.passes)"
    if let loss = progress.loss { line += String(format: " loss %.4f", loss) }
    if let quality = progress.quality { line += String(format: " quality %.4f", quality) }
    return line + String(format: " %.1f s", seconds)
  }

  static func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// Largest resident set of this process so far.
  static var peakMebibytes: Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line.flatMap { Double($0.filter(\.isNumber)) } ?? 0
    return kibibytes / 1024
  }
}
