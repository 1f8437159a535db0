import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import Synchronization
import TestSupport
import Testing

@testable import ServiceContracts

@Suite struct CatalogueFollowerTests {
  typealias Response = Recsys_Features_V1_WatchItemsResponse

  /// What the service does on each connection, one after the other; the last one stays open.
  final class Script: Sendable {
    struct Connection: Sendable {
      var messages: [Response] = []
      var error: RPCError?
      var staysOpen = false
    }

    let connections: Mutex<[Connection]>
    let asked = Mutex<[UInt64]>([])

    init(_ connections: [Connection]) { self.connections = Mutex(connections) }

    var definition: ServiceDefinition {
      var service = ServiceDefinition(FeatureMethods.service)
      service.serverStreaming(FeatureMethods.watchItems) { request, _, writer in
        self.asked.withLock { $0.append(request.afterSequence) }
        let connection = self.connections.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        for message in connection?.messages ?? [] { try await writer.write(message) }
        if let error = connection?.error { throw error }
        if connection?.staysOpen ?? true {
          // Until the follower goes.
          for await _ in AsyncStream<Never>.makeStream().stream {}
        }
      }
      return service
    }
  }

  private func message(
    _ upserts: [String] = [], deletes: [String] = [], sequence: UInt64, caughtUp: Bool = true
  ) -> Response {
    var message = Response()
    message.upserted = upserts.map { Item(externalID: $0, title: "Title of \($0)").proto }
    message.deletedItemKeys = deletes.map { ItemID(external: $0).rawValue }
    message.sequence = sequence
    message.caughtUp = caughtUp
    return message
  }

  /// Follows a script until it has caught up so many times.
  private func follow(
    _ script: Script, catalogue: LiveCatalogue = LiveCatalogue(), catchUps: Int
  ) async throws -> CatalogueSnapshot {
    let server = try Server(services: [script.definition])
    try server.start()
    let follower = CatalogueFollower(
      client: FeatureClient(channel: try Channel(target: "127.0.0.1:\(server.port)")),
      catalogue: catalogue, firstPause: .milliseconds(1), longestPause: .milliseconds(4))
    let (events, continuation) = AsyncStream.makeStream(of: CatalogueFollower.Event.self)
    let task = Task { await follower.run { continuation.yield($0) } }
    var seen = 0
    for await event in events {
      if case .caughtUp = event { seen += 1 }
      if seen == catchUps { break }
    }
    #expect(follower.isCaughtUp)
    task.cancel()
    await task.value
    await onThread { server.shutdown(grace: .zero) }
    return catalogue.snapshot
  }

  @Test func theWholeCatalogueReplacesWhatTheBundleHeld() async throws {
    let catalogue = LiveCatalogue()
    try catalogue.replace(
      with: [Item(externalID: "gone", title: "Gone"), Item(externalID: "a", title: "Old")],
      sequence: 0)
    let script = Script([
      .init(
        messages: [
          message(["a", "b"], sequence: 2, caughtUp: false), message(["c"], sequence: 3),
          message(["d"], deletes: ["b"], sequence: 5),
        ], staysOpen: true)
    ])
    let snapshot = try await follow(script, catalogue: catalogue, catchUps: 2)
    #expect(snapshot.count == 3)
    #expect(snapshot.sequence == 5)
    #expect(!snapshot.contains(ItemID(external: "gone")))
    #expect(!snapshot.contains(ItemID(external: "b")))
    #expect(snapshot.item(ItemID(external: "a"))?.title == "Title of a")
  }

  @Test func itResumesWhereItWasAfterALostConnection() async throws {
    let script = Script([
      .init(error: RPCError(.unavailable, "not yet")),
      .init(messages: [message(["a", "b"], sequence: 2)]),
      .init(messages: [message(["c"], sequence: 3)], error: RPCError(.unavailable, "restarting")),
      .init(messages: [message(deletes: ["a"], sequence: 4)], staysOpen: true),
    ])
    let snapshot = try await follow(script, catchUps: 3)
    #expect(script.asked.withLock { $0 } == [0, 0, 2, 3])
    #expect(snapshot.count == 2)
    #expect(snapshot.sequence == 4)
  }

  @Test func aPlaceThatTheServiceDoesNotKnowMakesItStartAnew() async throws {
    let script = Script([
      .init(messages: [message(["a", "b"], sequence: 9)]),
      .init(error: RPCError(.outOfRange, "no such place")),
      .init(messages: [message(["c"], sequence: 1)], staysOpen: true),
    ])
    let snapshot = try await follow(script, catchUps: 2)
    #expect(script.asked.withLock { $0 } == [0, 9, 0])
    #expect(snapshot.count == 1)
    #expect(snapshot.sequence == 1)
  }

  @Test func aSequenceThatGoesBackMakesItStartAnew() async throws {
    let script = Script([
      .init(messages: [message(["a", "b"], sequence: 9)]),
      .init(messages: [message(["x"], sequence: 3)], staysOpen: true),
      .init(messages: [message(["c"], sequence: 3)], staysOpen: true),
    ])
    let snapshot = try await follow(script, catchUps: 2)
    #expect(script.asked.withLock { $0 } == [0, 9, 0])
    #expect(snapshot.count == 1)
    #expect(snapshot.contains(ItemID(external: "c")))
  }

  @Test func anItemThatBreaksALimitIsPassedOver() async throws {
    var bad = message(["a", "b"], sequence: 2)
    bad.upserted[0].title = ""
    let script = Script([.init(messages: [bad], staysOpen: true)])
    let snapshot = try await follow(script, catchUps: 1)
    #expect(snapshot.count == 1)
    #expect(snapshot.contains(ItemID(external: "b")))
  }
}
