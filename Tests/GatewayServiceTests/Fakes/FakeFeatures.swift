import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization

/// Knows "ann", who liked the last three items of the world.
final class FakeFeatures: Sendable {
  let service = FakeService()
  let users = Requests<Recsys_Features_V1_GetUserRequest>()
  let items = Requests<Recsys_Features_V1_GetItemsRequest>()
  let events = Requests<Recsys_Features_V1_RecordEventsRequest>()
  let upserts = Requests<Recsys_Features_V1_UpsertItemsRequest>()
  /// Changes of the catalogue for whoever watches it.
  let changes = AsyncStream<Recsys_Features_V1_WatchItemsResponse>.makeStream()
  /// Whether it knows none of the features that a ranker may want.
  let refusesFeatures = Mutex(false)
  /// Lists of features that were sent by name, by their fingerprint.
  private let lists = Mutex<[UInt64: Recsys_Common_V1_FeatureSet]>([:])
  let seen = Mutex<[ItemID]>(World.items.suffix(3).map(\.id))

  func start() throws {
    var definition = ServiceDefinition(FeatureMethods.service)
    definition.unary(FeatureMethods.getUser) { [self] request, _ in
      users.append(request)
      if refusesFeatures.withLock({ $0 }), request.features.fingerprint != 0 {
        throw RPCError.invalidArgument(field: "features", "not declared")
      }
      var request = request
      request.features = try named(request.features)
      return try await service.answer("getUser") { [request] in user(request) }
    }
    definition.unary(FeatureMethods.getItems) { [self] request, _ in
      items.append(request)
      let features = try named(request.features)
      return try await service.answer("getItems") {
        var response = Recsys_Features_V1_GetItemsResponse()
        response.features = World.matrix(request.itemKeys, columns: features)
        return response
      }
    }
    definition.unary(FeatureMethods.recordEvents) { [self] request, _ in
      events.append(request)
      return try await service.answer("recordEvents") { Self.record(request) }
    }
    definition.unary(FeatureMethods.upsertItems) { [self] request, _ in
      upserts.append(request)
      return try await service.answer("upsertItems") {
        var response = Recsys_Features_V1_UpsertItemsResponse()
        response.sequence = 99
        return response
      }
    }
    definition.unary(FeatureMethods.deleteItems) { [self] request, _ in
      try await service.answer("deleteItems") {
        var response = Recsys_Features_V1_DeleteItemsResponse()
        response.sequence = 100
        response.missingItemIds = request.itemIds.filter { $0 == "nothing" }
        return response
      }
    }
    definition.serverStreaming(FeatureMethods.watchItems) { [self] request, _, writer in
      try await watch(from: request.afterSequence, writer)
    }
    try service.start(definition)
  }

  /// The list that a fingerprint alone means, as the service does it.
  private func named(
    _ features: Recsys_Common_V1_FeatureSet
  ) throws -> Recsys_Common_V1_FeatureSet {
    guard features.fingerprint != 0 else { return features }
    if features.features.isEmpty {
      guard let known = lists.withLock({ $0[features.fingerprint] }) else {
        throw RPCError(
          .failedPrecondition, "unknown list",
          details: [.errorInfo(reason: FeatureSetReasons.unknown, domain: "test", metadata: [:])])
      }
      return known
    }
    lists.withLock { $0[features.fingerprint] = features }
    return features
  }

  /// The whole world first, then what the test feeds in, until the watcher goes.
  private func watch(
    from sequence: UInt64, _ writer: ResponseWriter<Recsys_Features_V1_WatchItemsResponse>
  ) async throws {
    if sequence < 7 {
      try await writer.write(
        .with {
          $0.upserted = World.items.map(\.proto)
          $0.sequence = 7
          $0.caughtUp = true
        })
    }
    for await change in changes.stream { try await writer.write(change) }
  }

  private func user(_ request: Recsys_Features_V1_GetUserRequest)
    -> Recsys_Features_V1_GetUserResponse
  {
    var response = Recsys_Features_V1_GetUserResponse()
    var known = request.userKey == UserID(external: "ann").rawValue ? seen.withLock { $0 } : []
    known += request.recentItemKeys.map { ItemID(rawValue: $0) }
    response.history =
      History(
        items: known, weights: known.map { _ in 1 },
        timesMilliseconds: known.indices.map { 1_000 - Int64($0) }
      ).proto
    response.seenItemKeys = known.map(\.rawValue)
    response.features = World.matrix([request.userKey], columns: request.features)
    response.stateVersion = UInt64(known.count)
    response.known = !known.isEmpty
    response.storeIdentity = 77
    return response
  }

  private static func record(_ request: Recsys_Features_V1_RecordEventsRequest)
    -> Recsys_Features_V1_RecordEventsResponse
  {
    var response = Recsys_Features_V1_RecordEventsResponse()
    response.outcomes = request.events.map { event in
      var outcome = Recsys_Features_V1_EventOutcome()
      switch event.eventID {
      case "bad":
        outcome.status = .rejected
        outcome.reason = "value: must be a finite number"
      case "twice": outcome.status = .duplicate
      default: outcome.status = .accepted
      }
      return outcome
    }
    return response
  }
}
