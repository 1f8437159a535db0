import ArgumentParser
import Datasets
import Foundation
import PipelineJobs

/// Options that every command has.
struct StateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Folder of dataset, models and feature store.", valueName: "dir"))
  var state = "var"

  @Flag(help: "Print the result as JSON.")
  var json = false

  @Flag(help: "Do not show progress.")
  var quiet = false

  var folder: StateFolder { StateFolder(state) }
  var progress: ProgressPrinter { ProgressPrinter(quiet: quiet) }

  /// Prints a result: as JSON, or as text for people.
  func print(_ value: some Encodable, text: @autoclosure () -> String) throws {
    guard json else { return Swift.print(text()) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}

/// Where real data comes from.
struct SourceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A MovieLens folder of any edition.", valueName: "dir"))
  var movielens: String?

  @Option(
    help: ArgumentHelp(
      "A CSV or TSV file of interactions with a header: user, item[, value][, time][, type].",
      valueName: "file"))
  var csv: String?

  @Option(help: ArgumentHelp("A CSV or TSV file of items, beside --csv.", valueName: "file"))
  var items: String?

  @Option(
    help: ArgumentHelp("A file of test rows, beside --csv, of the same kind.", valueName: "file"))
  var test: String?

  @Option(
    help: ArgumentHelp(
      "A file of validation rows, beside --csv, of the same kind.", valueName: "file"))
  var validation: String?

  @Option(
    help: ArgumentHelp("Amazon reviews, JSON lines, plain or .gz.", valueName: "file"))
  var amazon: String?

  @Option(
    help: ArgumentHelp("Amazon product metadata, JSON lines, beside --amazon.", valueName: "file"))
  var metadata: String?

  @OptionGroup var split: SplitOptions

  @Flag(help: "End with an error when the data breaks a rule.")
  var strict = false

  /// The import that they ask for; nil for none.
  func job() throws -> ImportJob? {
    let sources: [ImportJob.Source?] = [
      movielens.map { .movieLens(directory: $0) },
      csv.map { .delimited(interactions: $0, items: items, test: test, validation: validation) },
      amazon.map { .amazon(reviews: $0, metadata: metadata) },
    ]
    let given = sources.compactMap { $0 }
    guard given.count <= 1 else {
      throw ValidationError("--movielens, --csv and --amazon exclude each other")
    }
    guard csv != nil || (items == nil && test == nil && validation == nil) else {
      throw ValidationError("--items, --test and --validation need --csv")
    }
    guard amazon != nil || metadata == nil else {
      throw ValidationError("--metadata needs --amazon")
    }
    return try given.first.map {
      ImportJob(source: $0, split: try split.chosen(), isStrict: strict)
    }
  }
}

/// How to divide the data.
struct SplitOptions: ParsableArguments {
  /// The ways.
  enum Way: String, ExpressibleByArgument, CaseIterable { case last, time, random, given }

  @Option(
    name: .customLong("split"),
    help:
      "Hold out each user's last items, the newest rows of all, random rows, or what the data say (column split)."
  )
  var way: Way?

  @Option(help: "Share held out for tests: of each user's items with last, else of the rows.")
  var testShare = 0.1

  @Option(help: "Share of the rows held out for validation, with time and random.")
  var validationShare = 0.0

  @Option(help: "Equal seeds draw equal rows, with random.")
  var splitSeed: UInt64 = 1

  func validate() throws {
    guard testShare > 0, validationShare >= 0, testShare + validationShare < 1 else {
      throw ValidationError("--test-share and --validation-share are shares; together below 1")
    }
    guard validationShare == 0 || way == .time || way == .random else {
      throw ValidationError("--validation-share goes with --split time and --split random")
    }
  }

  /// The split; nil where nothing was asked for.
  func chosen() throws -> DatasetSplit? {
    switch way {
    case nil where testShare == 0.1: nil
    case nil, .last: .lastItems(HoldoutSplit(share: testShare))
    case .time: .time(TimeSplit(testShare: testShare, validationShare: validationShare))
    case .random:
      .random(
        RandomSplit(testShare: testShare, validationShare: validationShare, seed: splitSeed))
    case .given: .given
    }
  }
}

/// Which world to make.
struct WorldOptions: ParsableArguments {
  @Flag(help: "1,500 items and 1,500 users instead of 12,000 and 20,000.")
  var small = false

  @Option(help: "Equal seeds make equal worlds.")
  var seed: UInt64 = 1

  @Flag(inversion: .prefixedNo, help: "Draw a picture of each item.")
  var images = true
}

/// Where the gateway listens.
struct GatewayOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Where the gateway listens.", valueName: "target"))
  var gateway = "127.0.0.1:7070"
}

/// How to start the services.
struct SuiteOptions: ParsableArguments {
  @Flag(help: "Take free ports instead of 7070 to 7074.")
  var anyPorts = false

  @Option(
    help: "Processes of each service; the Feature service has one unless its store is Redis.")
  var replicas = 1

  @Option(
    help: ArgumentHelp(
      "Keep the online state and the response cache in this Redis: redis://host:port or unix:///path.",
      valueName: "url"))
  var redis: String?

  @Option(help: ArgumentHelp("Folder of the services' executables.", valueName: "dir"))
  var executables: String?

  @Option(help: ArgumentHelp("Folder of <service>.yaml files.", valueName: "dir"))
  var config: String?

  func validate() throws {
    guard (1...16).contains(replicas) else {
      throw ValidationError("--replicas lies between 1 and 16")
    }
  }

  var options: Suite.Options {
    var options = Suite.Options()
    options.anyPorts = anyPorts
    options.replicas = replicas
    options.redis = redis
    options.executables = executables
    options.configuration = config
    return options
  }
}
