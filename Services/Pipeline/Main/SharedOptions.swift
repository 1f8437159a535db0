import ArgumentParser
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

  @Flag(help: "End with an error when the data breaks a rule.")
  var strict = false

  /// The import that they ask for; nil for none.
  func job() throws -> ImportJob? {
    switch (movielens, csv) {
    case (nil, nil): return nil
    case (let folder?, nil):
      return ImportJob(source: .movieLens(directory: folder), isStrict: strict)
    case (nil, let file?):
      return ImportJob(source: .delimited(interactions: file, items: items), isStrict: strict)
    default: throw ValidationError("--movielens and --csv exclude each other")
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
