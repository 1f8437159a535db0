import ArgumentParser
import Foundation
import PipelineJobs

/// Loads the running suite.
struct LoadTestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loadtest",
    abstract: "Load the running gateway at a constant rate.",
    discussion: """
      Requests start when they are due, however late the answers are, and a latency counts from when its request \
      was due: an overload shows as it would to users. The users are those of the state folder's dataset, drawn \
      by Zipf's law. Ends with an error when a request failed.
      """)

  @Option(help: "Requests a second.") var rate = 50.0
  @Option(help: "Seconds that are measured.") var seconds = 30.0
  @Option(help: "Seconds before them.") var warmUp = 3.0
  @Option(help: "Items a slate.") var count: UInt32 = 20
  @Option(help: "Zipf's exponent of the users; 0: all alike.") var zipf = 1.0
  @Option(help: "Requests under way at most; more are counted as not sent.") var inFlight = 1000
  @Option(help: "Of the users drawn.") var seed: UInt64 = 1
  @OptionGroup var gateway: GatewayOptions
  @OptionGroup var state: StateOptions

  func validate() throws {
    guard rate > 0, rate <= 1_000_000, seconds > 0, seconds <= 86_400, warmUp >= 0,
      warmUp <= 3600
    else { throw ValidationError("--rate, --seconds or --warm-up is out of range") }
    guard (1...500).contains(count) else { throw ValidationError("--count must be 1 to 500") }
    guard zipf >= 0, zipf <= 5 else { throw ValidationError("--zipf must be 0 to 5") }
  }

  func run() async throws {
    let plan = LoadGeneratorPlan(
      requestsPerSecond: rate, duration: .seconds(seconds), warmUp: .seconds(warmUp),
      maxInFlight: inFlight)
    let job = LoadTestJob(
      target: gateway.gateway, plan: plan, count: count, zipfExponent: zipf, seed: seed)
    let outcome = try await job.run(in: state.folder)
    try state.print(outcome, text: outcome.text)
    if outcome.load.failed > 0 { throw ExitCode.failure }
  }
}
