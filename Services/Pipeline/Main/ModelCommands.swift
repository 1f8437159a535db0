import ArgumentParser
import Artifacts
import Evaluation
import Foundation
import PipelineJobs

/// Trains.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train retrieval models and ranker, and publish them with a label.")

  @Option(help: "Length of the vectors; by default by the size of the data.")
  var factors: Int?

  @Option(help: "Passes over the data.")
  var epochs: Int?

  @Option(help: "Most trees of the ranker.")
  var rounds = 300

  @Option(help: "Share of the training interactions, the latest, from which the ranker learns.")
  var rankerShare = 0.2

  @Flag(help: "Keep all trees, also those that no longer help: to measure what they cost.")
  var allRounds = false

  @Flag(help: "Keep all features, also those that drift: to measure what they cost.")
  var allFeatures = false

  @Option(help: "What the bundles are labelled.")
  var label = "production"

  @Option(
    help: ArgumentHelp(
      "The ranker does without columns whose names begin so, e.g. context. (may be repeated).",
      valueName: "prefix"))
  var leaveOut: [String] = []

  @Option(help: "Equal seeds give equal models.")
  var seed: UInt64 = 1

  @OptionGroup var state: StateOptions

  func run() async throws {
    guard rankerShare > 0, rankerShare < 1 else {
      throw ValidationError("--ranker-share lies between 0 and 1")
    }
    guard !allFeatures || leaveOut.isEmpty else {
      throw ValidationError("--all-features and --leave-out exclude each other")
    }
    var options = TrainJob.Options()
    options.rankerShare = rankerShare
    options.factors = factors
    options.epochs = epochs
    options.rounds = rounds
    options.keepsAllRounds = allRounds
    options.keepsAllFeatures = allFeatures
    options.leftOut = leaveOut
    options.label = label
    options.seed = seed
    let outcome = try TrainJob(options: options).run(in: state.folder, progress: state.progress)
    let lines = outcome.bundles.map { bundle in
      let figures = bundle.metrics.filter { !$0.key.hasPrefix("gain.") }
        .sorted { $0.key < $1.key }
        .map { "\($0.key) " + String(format: "%.4g", $0.value) }
      return "\(bundle.kind) \(bundle.version)  \(figures.joined(separator: ", "))"
    }
    try state.print(
      outcome,
      text: lines.joined(separator: "\n") + String(format: "\ntook %.1f s", outcome.seconds))
  }
}

/// Measures.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure the models, or the running suite, on the held-out interactions.")

  @Option(
    help: ArgumentHelp("Measure the suite behind this gateway.", valueName: "target"))
  var gateway: String?

  @Option(help: "So many users drawn at random; by default all.")
  var users: Int?

  @Option(help: "Of the sample.")
  var seed: UInt64 = 1

  @Flag(help: "Ask the gateway for slates that are not spread.")
  var noDiversity = false

  @Flag(
    help: "Measure each source alone, their blend, the ranked blend, and the ranked blend spread.")
  var table = false

  @Option(help: ArgumentHelp("Also write the table there as JSON.", valueName: "file"))
  var output: String?

  @OptionGroup var state: StateOptions

  func validate() throws {
    guard !table || gateway != nil else { throw ValidationError("--table needs --gateway") }
    guard output == nil || table else { throw ValidationError("--output needs --table") }
    guard !table || !noDiversity else {
      throw ValidationError("--table asks with and without diversity by itself")
    }
  }

  func run() async throws {
    if let gateway, table {
      let rows = try await GatewayTable(target: gateway, sampleSize: users, seed: seed)
        .run(in: state.folder, progress: state.progress)
      if let output {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(rows).write(to: URL(fileURLWithPath: output), options: .atomic)
      }
      try state.print(rows, text: GatewayTable.text(rows))
    } else if let gateway {
      let evaluation = GatewayEvaluation(
        target: gateway, sampleSize: users, seed: seed, isDiversityOff: noDiversity)
      let outcome = try await evaluation.run(in: state.folder, progress: state.progress)
      try state.print(
        outcome,
        text: EvaluationReport.table([outcome.report])
          + "\ndegraded \(outcome.degradedCount), failed \(outcome.failures)")
    } else {
      let reports = try EvaluateJob(sampleSize: users, seed: seed).run(
        in: state.folder, progress: state.progress)
      try state.print(reports, text: EvaluationReport.table(reports))
    }
  }
}

/// The registry.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "The registry of models.",
    subcommands: [
      ModelsListCommand.self, ModelsShowCommand.self, ModelsLabelCommand.self,
      ModelsShadowCommand.self,
    ],
    defaultSubcommand: ModelsListCommand.self)
}

/// Lists bundles.
struct ModelsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Kinds, versions and labels.")

  struct Row: Codable {
    var kind: String
    var version: String
    var labels: [String]
    var createdMilliseconds: Int64
  }

  @OptionGroup var state: StateOptions

  func run() async throws {
    let registry = state.folder.registry
    let rows = try registry.kinds().flatMap { kind in
      let labels = try registry.labels(kind)
      return try registry.versions(kind).map { version in
        Row(
          kind: kind, version: version,
          labels: labels.filter { $0.value == version }.keys.sorted(),
          createdMilliseconds: try registry.manifest(kind: kind, version: version)
            .createdMilliseconds)
      }
    }
    try state.print(
      rows,
      text: rows.map { "\($0.kind) \($0.version) \($0.labels.joined(separator: " "))" }
        .joined(separator: "\n"))
  }
}

/// Shows a bundle.
struct ModelsShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "The manifest of a bundle.")

  @Argument(help: "e.g. ranker") var kind: String
  @Argument(help: "A version, or a label.") var version = "production"
  @OptionGroup var state: StateOptions

  func run() async throws {
    let registry = state.folder.registry
    let resolved = try registry.labels(kind)[version] ?? version
    let manifest = try registry.manifest(kind: kind, version: resolved)
    var text = "\(manifest.kind) \(manifest.version) \(manifest.name)\n"
    text += "data \(manifest.dataFingerprint), features \(manifest.featureFingerprint)\n"
    for (name, value) in manifest.metrics.sorted(by: { $0.key < $1.key }) {
      text += "  \(name) " + String(format: "%.4g", value) + "\n"
    }
    for (name, value) in manifest.parameters.sorted(by: { $0.key < $1.key }) {
      text += "  \(name) = \(value)\n"
    }
    try state.print(manifest, text: text)
  }
}

/// Compares the shadow ranker.
struct ModelsShadowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shadow",
    abstract: "How far the shadow ranker of the running suite would have ranked otherwise.")

  @OptionGroup var state: StateOptions

  func run() async throws {
    let report = try await ShadowReport.read(state.folder)
    try state.print(report, text: report.text)
  }
}

/// Moves a label.
struct ModelsLabelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label", abstract: "Point a label at a version.")

  @Argument(help: "e.g. ranker") var kind: String
  @Argument(help: "e.g. v2") var version: String
  @Argument(help: "e.g. production") var label = "production"
  @OptionGroup var state: StateOptions

  func run() async throws {
    let registry = state.folder.registry
    _ = try registry.open(kind: kind, version: version)
    try registry.setLabel(kind: kind, label: label, version: version)
    try state.print(
      ["kind": kind, "version": version, "label": label], text: "\(kind) \(label) → \(version)")
  }
}
