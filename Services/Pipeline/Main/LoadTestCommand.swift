import ArgumentParser
import Foundation
import PipelineJobs

/// Makes load.
struct LoadTestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loadtest",
    abstract: "Make load on the running gateway at constant rates (open loop), and measure.",
    discussion: """
      recsys loadtest --rate 100 --seconds 60                  slates only, at one rate
      recsys loadtest --scenario peak --report peak.html       a scenario, and a page with plots
      recsys loadtest --print-scenario stress > own.yaml       to begin a scenario of one's own
      Ends with 1 when a request failed at a constant rate.
      """)

  @Option(help: ArgumentHelp("Where the gateway listens; by default the suite on --state."))
  var gateway: String?

  @Option(
    help: ArgumentHelp(
      "One of \(BuiltInScenario.names), or a YAML file.", valueName: "name-or-file"))
  var scenario: String?

  @Option(help: ArgumentHelp("Print a built-in scenario, and end.", valueName: "name"))
  var printScenario: BuiltInScenario?

  @Option(help: ArgumentHelp("Write one HTML file with plots.", valueName: "file"))
  var report: String?

  @Flag(help: "Have every slate made anew: none comes from the gateway's cache.")
  var noCache = false

  @OptionGroup(title: "Without --scenario") var plain: PlainLoadOptions
  @OptionGroup var state: StateOptions

  func validate() throws {
    if scenario != nil, let option = plain.given.first {
      throw ValidationError("\(option) and --scenario exclude each other")
    }
  }

  func run() async throws {
    if let printScenario { return print(printScenario.yaml, terminator: "") }
    var load = try scenario.map { try LoadScenario.named($0) } ?? plain.scenario
    if noCache {
      for index in load.phases.indices { load.phases[index].traffic.noCache = true }
    }
    if let report { try LoadTestPage.checkWritable(report) }
    let outcome = try await LoadTestJob(target: gateway, scenario: load).run(
      in: state.folder, progress: state.progress)
    if let report {
      try Data(LoadTestPage(outcome).html.utf8).write(to: URL(fileURLWithPath: report))
      state.progress.say("wrote \(report)")
    }
    try state.print(outcome, text: outcome.description)
    if outcome.failed > 0 { throw ExitCode.failure }
  }
}

extension BuiltInScenario: ExpressibleByArgument {}

/// A load of slates at one rate.
struct PlainLoadOptions: ParsableArguments {
  @Option(help: "Requests a second (default: 100).")
  var rate: Double?

  @Option(help: "Seconds to measure (default: 60).")
  var seconds: Double?

  @Option(help: "Seconds to send before measuring (default: 5).")
  var warmUp: Double?

  @Option(help: "Items a slate (default: 20).")
  var count: UInt32?

  @Option(help: "Exponent of Zipf's law by which users are drawn; 0: all alike (default: 1).")
  var skew: Double?

  @Option(help: "Milliseconds that a request has (default: 1000).")
  var timeoutMilliseconds: Int?

  @Flag(help: "Do not ask for reasons.")
  var noReasons = false

  /// Names of the options that were given.
  var given: [String] {
    let options: [(String, Bool)] = [
      ("--rate", rate != nil), ("--seconds", seconds != nil), ("--warm-up", warmUp != nil),
      ("--count", count != nil), ("--skew", skew != nil),
      ("--timeout-milliseconds", timeoutMilliseconds != nil), ("--no-reasons", noReasons),
    ]
    return options.filter(\.1).map(\.0)
  }

  func validate() throws {
    let claims: [(String, Bool)] = [
      ("--rate lies above 0 and is at most 1,000,000", (0.001...1_000_000).contains(rate ?? 1)),
      ("--seconds lies from 0.1 to 86,400", (0.1...86_400).contains(seconds ?? 1)),
      ("--warm-up lies from 0 to 86,400", (0...86_400).contains(warmUp ?? 0)),
      ("--count lies from 1 to 500", (1...500).contains(count ?? 1)),
      ("--skew lies from 0 to 5", (0...5).contains(skew ?? 0)),
      (
        "--timeout-milliseconds lies from 1 to 60,000",
        (1...60_000).contains(timeoutMilliseconds ?? 1)
      ),
    ]
    if let (message, _) = claims.first(where: { !$0.1 }) { throw ValidationError(message) }
  }

  var scenario: LoadScenario {
    var traffic = LoadTraffic()
    traffic.count = count ?? 20
    traffic.skew = skew ?? 1
    if noReasons { traffic.explain = .none }
    let phase = LoadScenario.Phase(
      name: "load", rate: .constant(rate ?? 100), duration: .seconds(seconds ?? 60),
      warmUp: .seconds(warmUp ?? 5), traffic: traffic)
    var scenario = LoadScenario(name: "slates", phases: [phase])
    scenario.summary = "Slates at one rate."
    scenario.deadline = .milliseconds(timeoutMilliseconds ?? 1000)
    return scenario
  }
}
