import ArgumentParser
import Foundation
import PipelineJobs

/// Asks for a slate.
struct RecommendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend", abstract: "Ask the running gateway for a slate.")

  @Option(help: "The user; without one, an anonymous session.")
  var user: String?

  @Option(parsing: .upToNextOption, help: "What the anonymous visitor looked at, newest first.")
  var recent: [String] = []

  @Option(help: "Items a slate.")
  var count: UInt32 = 20

  @Option(parsing: .upToNextOption, help: "Only items with one of these categories.")
  var category: [String] = []

  @Flag(help: "Also items that the user has acted upon.")
  var includeSeen = false

  @Option(help: "The moment that the slate is for, Unix milliseconds; by default now.")
  var timeMilliseconds: Int64?

  @OptionGroup var gateway: GatewayOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    var query = SlateQuery(target: gateway.gateway)
    query.user = user
    query.recentItems = recent
    query.count = count
    query.categories = category
    query.excludesSeen = !includeSeen
    query.timeMilliseconds = timeMilliseconds
    print(try await query.run(state: state.folder, json: state.json))
  }
}

/// Asks for items like an item.
struct SimilarCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar", abstract: "Ask the running gateway for items like an item.")

  @Argument(help: "The item.") var item: String
  @Option(help: "How many.") var count: UInt32 = 10
  @OptionGroup var gateway: GatewayOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    print(
      try await SimilarQuery(target: gateway.gateway, item: item, count: count).run(
        state: state.folder, json: state.json))
  }
}

/// Records an event.
struct EventsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Record an event with the running gateway.")

  @Option(help: "Who.") var user: String
  @Option(help: "On what.") var item: String
  @Option(help: "impression, click, view, like, dislike, rating, add_to_cart or purchase.")
  var type = "like"
  @Option(help: "Stars, seconds or money, by type.") var value = 0.0
  @Option(help: "Makes recording it again harmless.") var id = ""
  @OptionGroup var gateway: GatewayOptions
  @OptionGroup var state: StateOptions

  func run() async throws {
    let status = try await EventRecorder(target: gateway.gateway).record(
      user: user, item: item, type: type, value: value, id: id)
    try state.print(["status": status], text: status)
  }
}
