import ArgumentParser
import PipelineJobs

/// Where the gateway listens, for calls that need the operator's token.
struct OperatorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where the gateway listens; by default the suite on --state.", valueName: "target"))
  var gateway: String?

  func access(_ state: StateOptions) throws -> OperatorAccess {
    try OperatorAccess(target: gateway, state: state.folder)
  }
}

/// Asks why an item is in a slate, or is not.
struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Ask the running gateway why an item is in a slate, or is not.",
    discussion: """
      Of a slate made now for --user or --recent, or of one sent before: --request.
      Needs the operator's token: RECSYS_OPERATOR_TOKEN, or the --state of a running suite.
      """)

  @Option(help: "The item.") var item: String
  @Option(help: "The user; without one, an anonymous session.") var user: String?
  @Option(parsing: .upToNextOption, help: "What the anonymous visitor looked at, newest first.")
  var recent: [String] = []
  @Option(help: "Id of a request answered before.") var request: String?
  @Option(help: "Items a slate.") var count: UInt32 = 20
  @Option(help: "The moment that the slate is for, Unix milliseconds; by default now.")
  var timeMilliseconds: Int64?
  @Flag(help: "Also find the past items without which, each alone, it would not be there.")
  var counterfactual = false
  @OptionGroup var access: OperatorOptions
  @OptionGroup var state: StateOptions

  func validate() throws {
    if request != nil, user != nil || !recent.isEmpty {
      throw ValidationError("--request and --user or --recent exclude each other")
    }
  }

  func run() async throws {
    var query = WhyQuery(item: item)
    query.user = user
    query.recentItems = recent
    query.requestID = request
    query.count = count
    query.timeMilliseconds = timeMilliseconds
    query.counterfactual = counterfactual
    print(try await query.run(access.access(state), json: state.json))
  }
}

/// Makes an answer again.
struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Make an answer of the running gateway again from its trace, and compare.",
    discussion: "Needs the operator's token. Ends with 1 when something else comes out.")

  @Argument(help: "The request's id.") var request: String
  @OptionGroup var access: OperatorOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    let (output, isIdentical) = try await ReplayQuery(requestID: request).run(
      access.access(state), state: state.folder, json: state.json)
    print(output)
    if !isIdentical { throw ExitCode.failure }
  }
}
