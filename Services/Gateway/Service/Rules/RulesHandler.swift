import BusinessRules
import Catalogue
import RPC
import RecommendationProtos

/// Answers GetRules and SetRules.
struct RulesHandler: Sendable {
  let inForce: RulesInForce
  let keeper: RulesKeeper
  let traces: TraceStore
  /// So many of the latest first pages new rules are tried on.
  let trialSlates: Int
  let catalogue: LiveCatalogue
  let clock: WallClock

  func get(
    _ message: Recsys_Gateway_V1_GetRulesRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_GetRulesResponse {
    // Another gateway may have changed the file a moment ago.
    keeper.follow()
    var response = Recsys_Gateway_V1_GetRulesResponse()
    let book = inForce.book
    response.rules = book.proto
    response.version = book.version
    return response
  }

  /// Says what the rules change, and unless that is all that is wanted, puts them into force.
  func set(
    _ message: Recsys_Gateway_V1_SetRulesRequest, _ context: ServerContext
  ) async throws -> Recsys_Gateway_V1_SetRulesResponse {
    guard message.hasRules else {
      throw RPCError.invalidArgument(field: "rules", "is required")
    }
    let book = try RuleBook(message.rules)
    let slates = traces.latest(trialSlates, now: clock.nowMilliseconds) {
      $0.initial.page == nil
    }
    let trial = RulesTrial(book: book, slates: slates, catalogue: catalogue.snapshot)
    // Off the thread that serves calls: it makes hundreds of slates.
    let response = try await Task.detached(priority: .utility) { try trial.response() }.value
    if !message.validateOnly { try keeper.set(book) }
    return response
  }
}
