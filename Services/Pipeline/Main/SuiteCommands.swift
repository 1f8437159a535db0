import ArgumentParser
import Foundation
import PipelineJobs
import SyntheticWorld

/// From nothing to slates.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "From nothing to slates: data, training, the five services, four personas.",
    discussion: "What is already there for the same inputs is used again.")

  @Flag(help: "End after the slates.")
  var once = false

  @Option(help: "Items a slate.")
  var count: UInt32 = 10

  @Option(help: "Length of the vectors; by default by the size of the data.")
  var factors: Int?

  @Option(help: "Passes over the data.")
  var epochs: Int?

  @OptionGroup var world: WorldOptions
  @OptionGroup var source: SourceOptions
  @OptionGroup var suite: SuiteOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    var options = TrainJob.Options()
    options.factors = factors
    options.epochs = epochs
    let data: DemoJob.Data =
      if let job = try source.job() {
        .imported(job)
      } else {
        .world(world.job.configuration)
      }
    let job = DemoJob(
      data: data, training: TrainJob(options: options), suite: suite.options, count: count,
      endsAfterSlates: once)
    let isWhole = try await job.run(in: state.folder, progress: state.progress) { print($0) }
    if !isWhole { throw ExitCode.failure }
  }
}

extension WorldOptions {
  /// The world that they describe.
  var job: WorldJob {
    var configuration: WorldConfiguration = small ? .small : .full
    configuration.seed = seed
    if !images { configuration.imagePixels = 0 }
    return WorldJob(configuration: configuration)
  }
}

/// Runs the services.
struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Run the five services until Ctrl-C.")

  @OptionGroup var suite: SuiteOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    try await UpJob(options: suite.options).run(in: state.folder) { suite in
      try? state.print(
        SuiteListing(suite).shown, text: "gateway at \(suite.gatewayTarget); Ctrl-C ends all")
      // A reader behind a pipe waits for this line.
      fflush(nil)
    } onRestart: { ended in
      FileHandle.standardError.write(Data("started again: \(ended)\n".utf8))
    }
  }
}
