import ArgumentParser
import PipelineJobs

/// Makes slates for many users.
struct BatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch", abstract: "Write the running gateway's slates for many users to a file.",
    discussion: """
      The gateway makes them behind the requests that somebody waits for. The file appears when it is whole.
      Ends with 1 when a user failed; the failures are in the file.
      """)

  @Option(help: ArgumentHelp("A file with an external id a line, or all.", valueName: "file"))
  var users = "all"
  @Option(help: ArgumentHelp("Where to: a .csv or .jsonl file.", valueName: "file"))
  var out: String
  @Option(help: "Items a slate.") var count: UInt32 = 20
  @Flag(help: "Ask for reasons too.") var reasons = false
  @Option(help: "The moment that the slates are for, Unix milliseconds; by default now.")
  var timeMilliseconds: Int64?
  @OptionGroup var gateway: GatewayOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    // Before any work: a name that cannot be written.
    _ = try BatchJob.Format(path: out)
    var job = BatchJob(target: gateway.gateway)
    job.count = count
    job.wantsReasons = reasons
    job.timeMilliseconds = timeMilliseconds
    let outcome = try await job.run(
      users: BatchJob.users(users, state: state.folder), output: out, progress: state.progress)
    try state.print(outcome, text: outcome.text)
    if outcome.failed > 0 { throw ExitCode.failure }
  }
}
