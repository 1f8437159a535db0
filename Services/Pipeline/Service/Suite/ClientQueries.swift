import RecommendationCore
import Datasets
import Foundation
import RPC
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// Asks a gateway for one slate.
public struct SlateQuery: Sendable {
  /// Where the gateway listens.
  public var target: String
  /// The user; nil for an anonymous session.
  public var user: String?
  /// What the anonymous visitor looked at, newest first.
  public var recentItems: [String] = []
  /// Items.
  public var count: UInt32 = 20
  /// Only items with one of these; empty for all.
  public var categories: [String] = []
  /// Whether seen items are left out.
  public var excludesSeen = true
  /// The moment that the slate is for; nil for now.
  public var timeMilliseconds: Int64?

  /// A query.
  public init(target: String) { self.target = target }

  /// Asks, and gives the answer as JSON or as text for people.
  public func run(state: StateFolder, json: Bool) async throws -> String {
    var request = Recsys_Gateway_V1_RecommendRequest()
    if let user {
      request.subject.userID = user
    } else {
      request.subject.session.recentItemIds = recentItems
    }
    request.count = count
    request.excludeSeen = excludesSeen
    request.filter.anyCategories = categories
    if let timeMilliseconds {
      request.context.time = Google_Protobuf_Timestamp(
        seconds: timeMilliseconds / 1000, nanos: Int32(timeMilliseconds % 1000) * 1_000_000)
    }
    let client = GatewayClient(channel: try Channel(target: target))
    let response = try await client.recommend(request, options: CallOptions(timeout: .seconds(5)))
    if json { return try response.jsonString() }
    // Categories and years come from the dataset, where it is at hand.
    return SlatePrinter(items: (try? state.dataset.read().items) ?? []).text(response)
  }
}

/// Asks a gateway for items like an item.
public struct SimilarQuery: Sendable {
  /// Where the gateway listens.
  public var target: String
  /// The item.
  public var item: String
  /// How many.
  public var count: UInt32

  /// A query.
  public init(target: String, item: String, count: UInt32) {
    self.target = target
    self.item = item
    self.count = count
  }

  /// Asks, and gives the answer as JSON or as text for people.
  public func run(state: StateFolder, json: Bool) async throws -> String {
    var request = Recsys_Gateway_V1_SimilarItemsRequest()
    request.itemID = item
    request.count = count
    let client = GatewayClient(channel: try Channel(target: target))
    let similar = try await client.similarItems(
      request, options: CallOptions(timeout: .seconds(5)))
    if json { return try similar.jsonString() }
    var response = Recsys_Gateway_V1_RecommendResponse()
    response.items = similar.items
    response.versions = similar.versions
    return SlatePrinter(items: (try? state.dataset.read().items) ?? []).text(response)
  }
}

/// Records events with a gateway.
public struct EventRecorder: Sendable {
  /// Where the gateway listens.
  public var target: String

  /// A recorder.
  public init(target: String) { self.target = target }

  /// Records one event.
  ///
  /// - Parameter type: e.g. "like".
  /// - Returns: what became of it, for people.
  public func record(
    user: String, item: String, type: String, value: Double, id: String
  ) async throws -> String {
    var event = Recsys_Common_V1_Event()
    event.userID = user
    event.itemID = item
    event.value = value
    event.eventID = id
    guard let number = DelimitedReader.eventType(named: type)?.rawValue,
      let known = Recsys_Common_V1_EventType(rawValue: Int(number))
    else { throw PipelineError(.usage, "there is no event type \(type)") }
    event.type = known
    var request = Recsys_Gateway_V1_RecordEventsRequest()
    request.events = [event]
    let client = GatewayClient(channel: try Channel(target: target))
    let response = try await client.recordEvents(
      request, options: CallOptions(timeout: .seconds(5)))
    switch response.results.first?.status {
    case .accepted: return "accepted"
    case .duplicate: return "duplicate"
    case .rejected: return "rejected: \(response.results.first?.reason ?? "")"
    default: return "no answer"
    }
  }
}
