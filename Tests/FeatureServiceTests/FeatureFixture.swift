import FeatureService
import Features
import Foundation
import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import TestSupport

/// A Feature service on a free port, and a client of it.
final class FeatureFixture: Sendable {
  let client: FeatureClient
  let parts: FeatureParts
  private let server: Server
  private let time = Mutex<Int64>(1_000_000_000_000)

  /// Starts the service on a store folder, runs the body and stops the service.
  static func run(
    _ folder: TemporaryDirectory,
    configuration change: (inout FeatureConfiguration) -> Void = { _ in },
    _ body: (FeatureFixture) async throws -> Void
  ) async throws {
    var configuration = FeatureConfiguration()
    configuration.storePath = folder.path("store")
    configuration.registryPath = folder.path("models")
    change(&configuration)
    let fixture = try FeatureFixture(configuration)
    do {
      try await fixture.parts.start()
      try await body(fixture)
    } catch {
      await fixture.stop()
      throw error
    }
    await fixture.stop()
  }

  private init(_ configuration: FeatureConfiguration) throws {
    parts = try FeatureParts(
      configuration: configuration, computePool: ComputePool(threads: 2, queueLimit: 64),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    var listening = ServerConfiguration()
    listening.host = "127.0.0.1"
    listening.port = 0
    server = try Server(configuration: listening, services: parts.services)
    try server.start()
    client = FeatureClient(channel: try Channel(target: "ipv4:127.0.0.1:\(server.port)"))
  }

  private func stop() async {
    await parts.drain()
    await onThread { [server] in server.shutdown(grace: .seconds(5)) }
    await parts.stop()
  }

  // MARK: Messages

  static func event(
    _ user: String, _ item: String, _ type: Recsys_Common_V1_EventType = .like, id: String = "",
    seconds: Int64? = nil
  ) -> Recsys_Common_V1_Event {
    var event = Recsys_Common_V1_Event()
    event.userID = user
    event.itemID = item
    event.type = type
    event.eventID = id
    if let seconds { event.eventTime.seconds = seconds }
    return event
  }

  func record(_ events: [Recsys_Common_V1_Event]) async throws
    -> Recsys_Features_V1_RecordEventsResponse
  {
    var request = Recsys_Features_V1_RecordEventsRequest()
    request.events = events
    return try await client.recordEvents(request)
  }

  func user(
    _ user: String, features: FeatureSet = FeatureCatalogue.userFeatures,
    _ change: (inout Recsys_Features_V1_GetUserRequest) -> Void = { _ in }
  ) async throws -> Recsys_Features_V1_GetUserResponse {
    var request = Recsys_Features_V1_GetUserRequest()
    request.userKey = user.isEmpty ? 0 : UserID(external: user).rawValue
    request.features = features.proto
    change(&request)
    return try await client.getUser(request)
  }

  func items(
    _ items: [String], user: String, features: FeatureSet = FeatureCatalogue.itemFeatures,
    _ change: (inout Recsys_Features_V1_GetItemsRequest) -> Void = { _ in }
  ) async throws -> Recsys_Features_V1_GetItemsResponse {
    var request = Recsys_Features_V1_GetItemsRequest()
    request.itemKeys = items.map { ItemID(external: $0).rawValue }
    request.userKey = user.isEmpty ? 0 : UserID(external: user).rawValue
    request.features = features.proto
    change(&request)
    return try await client.getItems(request)
  }

  @discardableResult
  func upsert(_ items: [Item]) async throws -> UInt64 {
    var request = Recsys_Features_V1_UpsertItemsRequest()
    request.items = items.map(\.proto)
    return try await client.upsertItems(request).sequence
  }

  func delete(_ ids: [String]) async throws -> Recsys_Features_V1_DeleteItemsResponse {
    var request = Recsys_Features_V1_DeleteItemsRequest()
    request.itemIds = ids
    return try await client.deleteItems(request)
  }
}
