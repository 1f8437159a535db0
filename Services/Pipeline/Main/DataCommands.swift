import Datasets
import ArgumentParser
import PipelineJobs
import SyntheticWorld

/// Reads real data.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import data, check it, and hold out each user's last interactions.")

  @OptionGroup var source: SourceOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    guard let job = try source.job() else {
      throw ValidationError("one of --movielens, --csv and --amazon is needed")
    }
    let outcome = try job.run(into: state.folder, progress: state.progress)
    let manifest = outcome.manifest
    try state.print(
      outcome,
      text: """
        \(manifest.name): \(manifest.users) users, \(manifest.items) items, \
        \(manifest.interactions) interactions, \(manifest.heldOut) of them held out
        fingerprint \(manifest.fingerprint)
        \(outcome.validation.text)
        """)
  }
}

/// Makes data.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Make data that know their own truth.",
    subcommands: [SimulateWorldCommand.self, SimulateRatingsCommand.self],
    defaultSubcommand: SimulateWorldCommand.self)
}

/// Makes a world.
struct SimulateWorldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "world",
    abstract: "A shop with goods, pictures, users and 60 days of sessions.")

  @OptionGroup var world: WorldOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    let manifest = try await world.job.run(into: state.folder, progress: state.progress)
    try state.print(
      manifest,
      text: """
        \(manifest.name): \(manifest.users) users, \(manifest.items) items, \
        \(manifest.impressions) impressions, \(manifest.interactions) interactions, \
        \(manifest.heldOut) of them held out
        fingerprint \(manifest.fingerprint)
        """)
  }
}

/// Makes a file of ratings.
struct SimulateRatingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ratings",
    abstract:
      "A MovieLens folder of any size: ratings.csv and movies.csv, popularity by Zipf's law.")

  @Option(help: ArgumentHelp("The folder to make.", valueName: "dir"))
  var out: String

  @Option(help: "Ratings.")
  var rows = 25_000_000

  @Option(help: "Users.")
  var users = 162_000

  @Option(help: "Items.")
  var items = 62_000

  @Option(help: "Equal seeds make equal files.")
  var seed: UInt64 = 1

  @Option(help: "How steeply popularity falls with rank.")
  var exponent = 1.0

  @Flag(help: "Do not show progress.")
  var quiet = false

  func run() async throws {
    let folder = try RatingsFolder(
      RatingsConfiguration(
        seed: seed, rows: rows, users: users, items: items, exponent: exponent))
    let printer = ProgressPrinter(quiet: quiet)
    let bytes = try folder.write(to: out) {
      printer.report("making ratings", done: $0, total: rows, unit: "rows")
    }
    print("\(out): \(rows) ratings of \(users) users on \(items) items, \(bytes) bytes")
  }
}

/// Shows the dataset.
struct DatasetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Show the dataset; with --json items, and users with train and test items.")

  @OptionGroup var state: StateOptions

  func run() async throws {
    let dataset = try state.folder.requireDataset()
    guard let manifest = state.folder.dataset.manifest else { return }
    try state.print(
      DatasetListing(dataset),
      text: """
        \(manifest.name): \(manifest.users) users, \(manifest.items) items, \
        \(manifest.interactions) interactions, \(manifest.heldOut) of them held out
        """)
  }
}

/// The Feature service's store.
struct FeaturesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "The Feature service's store.",
    subcommands: [FeaturesMaterializeCommand.self])
}

/// Fills the store.
struct FeaturesMaterializeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "materialize",
    abstract: "Fill the Feature service's store with the catalogue and the training events.")

  @OptionGroup var state: StateOptions

  func run() async throws {
    let outcome = try MaterializeJob().run(in: state.folder, progress: state.progress)
    try state.print(outcome, text: "\(outcome.items) items, \(outcome.events) events")
  }
}
