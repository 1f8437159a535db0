import RecommendationProtos
import SwiftProtobuf

/// What two replies to one request differ in, apart from how long they took.
enum SlateDifference {
  /// The first difference, for people; nil where slate, reasons, removals, versions and degradations are equal
  /// byte for byte. Stage timings, the time budgets of degradations and the cursor do not count: a replay takes its
  /// own time and leaves no page.
  static func first(
    sent: Recsys_Gateway_V1_RecommendResponse, replayed: Recsys_Gateway_V1_RecommendResponse
  ) throws -> String? {
    let (sent, replayed) = (timeless(sent), timeless(replayed))
    guard try bytes(sent) != bytes(replayed) else { return nil }
    if let what = try ofSlates(sent, replayed) { return what }
    if sent.versions != replayed.versions { return "the versions that took part" }
    if sent.degraded != replayed.degraded { return "what was degraded" }
    if sent.removals != replayed.removals { return "what filters removed" }
    if sent.diversity != replayed.diversity { return "the diversity report" }
    return "the rest of the reply"
  }

  /// The first difference of the slates alone, reasons and all.
  static func ofSlates(
    _ sent: Recsys_Gateway_V1_RecommendResponse, _ replayed: Recsys_Gateway_V1_RecommendResponse
  ) throws -> String? {
    for (place, pair) in zip(sent.items, replayed.items).enumerated() {
      if let what = try difference(pair.0, pair.1) { return "place \(place + 1): \(what)" }
    }
    guard sent.items.count == replayed.items.count else {
      return "\(sent.items.count) items were sent, \(replayed.items.count) came out"
    }
    return nil
  }

  private static func difference(
    _ sent: Recsys_Gateway_V1_RecommendedItem, _ replayed: Recsys_Gateway_V1_RecommendedItem
  ) throws -> String? {
    if sent.itemID != replayed.itemID {
      return "\(sent.itemID) was sent, \(replayed.itemID) came out"
    }
    if sent.score.bitPattern != replayed.score.bitPattern {
      return "\(sent.itemID) had score \(sent.score), now \(replayed.score)"
    }
    if sent.reason != replayed.reason { return "another reason for \(sent.itemID)" }
    return try bytes(sent) == bytes(replayed) ? nil : "other facts of \(sent.itemID)"
  }

  private static func timeless(
    _ reply: Recsys_Gateway_V1_RecommendResponse
  ) -> Recsys_Gateway_V1_RecommendResponse {
    var reply = reply
    reply.stageTimings = []
    reply.nextCursor = ""
    reply.fromCache = false
    for index in reply.degraded.indices { reply.degraded[index].budgetMs = 0 }
    // Stages that run at the same time report in any order.
    reply.degraded.sort { ($0.component, $0.reason) < ($1.component, $1.reason) }
    return reply
  }

  private static func bytes(_ message: some Message) throws -> [UInt8] {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    return try message.serializedBytes(options: options)
  }
}
