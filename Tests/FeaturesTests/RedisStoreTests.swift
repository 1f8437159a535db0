import Catalogue
import Foundation
import RecommendationCore
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Features

/// The store in Redis, on a real server.
@Suite struct RedisStoreTests {
  private let folder: TemporaryDirectory
  private let server: RedisServer

  init() throws {
    folder = try TemporaryDirectory("redis-store")
    server = try RedisServer(isDurable: true)
  }

  private func open(
    _ name: String = "a", prefix: String = "{t}:",
    _ change: (inout RedisStoreConfiguration) -> Void = { _ in },
    report: @escaping @Sendable (RedisStoreEvent) -> Void = { _ in }
  ) throws -> RedisStore {
    var server = try RedisConfiguration(url: server.url)
    server.timeout = .seconds(120)
    server.backoff = .milliseconds(5)
    server.longestBackoff = .milliseconds(30)
    var configuration = RedisStoreConfiguration(server: server, queuePath: folder.path(name))
    configuration.prefix = prefix
    configuration.patience = .milliseconds(50)
    change(&configuration)
    return try RedisStore(configuration: configuration, report: report)
  }

  private static func event(_ user: String, _ item: String, at time: Int64, id: String = "")
    -> Event
  {
    Event(
      eventID: id, user: UserID(external: user), item: ItemID(external: item), type: .view,
      timeMilliseconds: time)
  }

  @Test func itConforms() async throws {
    let stores = Mutex<[RedisStore]>([])
    try await OnlineStoreConformance.checkAll {
      let number = stores.withLock { $0.count }
      let store = try open("conformance-\(number)", prefix: "{c\(number)}:")
      stores.withLock { $0.append(store) }
      return store
    }
    for store in stores.withLock({ $0 }) { await store.close() }
  }

  @Test func itConformsWithACacheOfTwoUsers() async throws {
    let stores = Mutex<[RedisStore]>([])
    try await OnlineStoreConformance.checkAll {
      let number = stores.withLock { $0.count }
      let store = try open("small-\(number)", prefix: "{s\(number)}:") { $0.cachedUsers = 2 }
      stores.withLock { $0.append(store) }
      return store
    }
    for store in stores.withLock({ $0 }) { await store.close() }
  }

  @Test func replicasThatWriteAtOnceLoseNothing() async throws {
    let stores = try [open("a"), open("b"), open("c")]
    let writes = 60
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, store) in stores.enumerated() {
        for writer in 0..<3 {
          group.addTask {
            for step in 0..<writes {
              let own = Self.event("u\(number)-\(writer)", "i\(step)", at: Int64(step))
              let shared = Self.event("all", "shared", at: Int64(step), id: "\(writer)-\(step)")
              let outcome = try await store.record([own, shared])
              #expect(outcome.statuses[0] == .accepted)
              // What one replica acknowledged, any other's next read sees.
              let other = stores[(number + 1) % stores.count]
              let user = try await other.user(own.user)
              #expect(user.totals.version == UInt64(step + 1))
            }
          }
        }
      }
      try await group.waitForAll()
    }
    for store in stores {
      try await store.synchronize()
      // Each id counts once, whichever replica had it first.
      #expect(try await store.user(UserID(external: "all")).totals.version == UInt64(3 * writes))
      let counters = try await store.counters()
      #expect(counters[ItemID(external: "shared")].acts == Double(3 * writes))
      #expect(counters[ItemID(external: "i0")].acts == 9)
      #expect(store.eventCount == UInt64(9 * writes + 3 * writes))
    }
    for store in stores { await store.close() }
  }

  @Test func replicasFollowTheCatalogue() async throws {
    let (a, b) = (try open("a"), try open("b"))
    var signals = b.changeSignals().makeAsyncIterator()
    try await b.synchronize()
    let sequence = try await a.upsert((0..<5).map { Item(externalID: "i\($0)", title: "t") })
    try await eventually { b.catalogue.snapshot.sequence == sequence }
    #expect(b.catalogue.snapshot.count == 5)
    await signals.next()
    _ = try await b.delete([ItemID(external: "i3")])
    try await eventually { a.catalogue.snapshot.count == 4 }
    #expect(a.identity == b.identity && a.identity > 0)
    await a.close()
    await b.close()
  }

  @Test func aReplicaThatStartsLateHasEverything() async throws {
    let log = RandomLog(seed: 8, users: 10, items: 40, events: 600, withIDs: true)
    var engine = FeatureEngine(catalogue: try log.catalogue())
    let first = try open("a")
    _ = try await first.upsert(log.items)
    for event in log.events { engine.apply(event) }
    _ = try await first.record(log.events)
    let late = try open("b")
    try await late.synchronize()
    try await OnlineStoreConformance.check(late, equals: engine, log)
    let again = try await late.record(Array(log.events.prefix(50)))
    #expect(again.statuses.allSatisfy { $0 == .duplicate })
    await first.close()
    await late.close()
  }

  @Test func anEmptyStoreIsFilledFromAnEmbeddedOnesFolder() async throws {
    let log = RandomLog(seed: 5, users: 30, items: 300, events: 4_000, withIDs: true)
    var engine = FeatureEngine(catalogue: try log.catalogue())
    for event in log.events { engine.apply(event) }
    try EmbeddedStore.bulkLoad(into: folder.path("old"), items: log.items, events: log.events)
    let (store, other) = (try open("a"), try open("b"))
    try await other.synchronize()
    let isMine = try await store.takingTurns { turn in
      let isFilled = try await store.fill(fromEmbedded: folder.path("old"), turn)
      #expect(isFilled)
    }
    #expect(isMine)
    for store in [store, other] {
      try await store.synchronize()
      try await OnlineStoreConformance.check(store, equals: engine, log)
      #expect(store.eventCount == 4_000)
    }
    #expect(try await store.record([log.events[7]]).statuses == [.duplicate])
    _ = try await other.takingTurns { turn in
      let isFilled = try await other.fill(fromEmbedded: folder.path("old"), turn)
      #expect(!isFilled)
    }
    let pages = try await store.changes(after: 0, limit: 1_000)
    #expect(Set(pages.upserts.map(\.externalID)) == Set(log.items.map(\.externalID)))
    await store.close()
    await other.close()
  }

  /// Events come to one process, some from its queue, while another fills the store from the embedded one's folder.
  @Test func eventsThatComeWhileTheStoreIsFilledAreInItAfterwardsAndNoneIsWrittenOver() async throws
  {
    let log = RandomLog(seed: 6, users: 40, items: 200, events: 6_000, withIDs: true)
    try EmbeddedStore.bulkLoad(into: folder.path("old"), items: log.items, events: log.events)
    var engine = FeatureEngine(catalogue: try log.catalogue())
    for event in log.events { engine.apply(event) }
    // Later events of the same users, so that each meets a state that is being filled in.
    let last = log.events.map(\.timeMilliseconds).max() ?? 0
    let late = log.events.prefix(400).enumerated().map { place, event in
      var event = event
      event.eventID = "late-\(place)"
      event.timeMilliseconds = last + Int64(place)
      return event
    }
    for event in late { engine.apply(event) }
    func wait(_ configuration: inout RedisStoreConfiguration) {
      configuration.waitsForFilling = true
    }
    server.kill()
    let (a, b) = (try open("a", wait), try open("b", wait))
    #expect(try await a.record(Array(late.prefix(100))).statuses.allSatisfy { $0 == .queued })
    try server.start()
    try await eventually {
      guard (try? await b.synchronize()) != nil else { return false }
      return (try? await b.isFilling()) == true
    }
    let statuses = try await withThrowingTaskGroup(of: [RecordOutcome.Status].self) { group in
      group.addTask {
        var statuses: [RecordOutcome.Status] = []
        for start in stride(from: 100, to: late.count, by: 10) {
          statuses += try await a.record(Array(late[start..<start + 10])).statuses
        }
        return statuses
      }
      let isMine = try await b.takingTurns { turn in
        let isFilled = try await b.fill(fromEmbedded: folder.path("old"), turn)
        #expect(isFilled)
        try await b.finishFilling(turn)
      }
      #expect(isMine)
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(statuses.count == 300 && statuses.allSatisfy { $0 != .duplicate })
    for store in [a, b] {
      try await eventually {
        guard (try? await store.synchronize()) != nil else { return false }
        return store.eventCount == 6_400
      }
      try await OnlineStoreConformance.check(store, equals: engine, log)
    }
    #expect(a.queuedEvents == 0)
    #expect(try await b.record(late).statuses.allSatisfy { $0 == .duplicate })
    await a.close()
    await b.close()
  }

  @Test func aStoreThatWasWrittenToIsNotFilledFromAFolder() async throws {
    let log = RandomLog(seed: 7, users: 5, items: 20, events: 200, withIDs: true)
    try EmbeddedStore.bulkLoad(into: folder.path("old"), items: log.items, events: log.events)
    let store = try open()
    let user = log.events[0].user
    var event = log.events[0]
    event.eventID = "first"
    _ = try await store.record([event])
    let isMine = try await store.takingTurns { turn in
      let isFilled = try await store.fill(fromEmbedded: folder.path("old"), turn)
      #expect(!isFilled)
    }
    #expect(isMine)
    // Nothing of the folder is there, and the event still is.
    #expect(try await store.user(user).totals.version == 1)
    #expect(store.catalogue.snapshot.count == 0)
    await store.close()
  }

  @Test func aFillerWhoseTurnIsOverChangesNothing() async throws {
    let log = RandomLog(seed: 7, users: 5, items: 20, events: 200, withIDs: true)
    try EmbeddedStore.bulkLoad(into: folder.path("old"), items: log.items, events: log.events)
    let store = try open { $0.waitsForFilling = true }
    let admin = try Redis(configuration: RedisConfiguration(url: server.url))
    try await store.synchronize()
    let error = await #expect(throws: FeatureError.self) {
      try await store.takingTurns { turn in
        // Somebody else has it now.
        try await admin.set("{t}:filling", 1)
        let isFilled = try await store.fill(fromEmbedded: folder.path("old"), turn)
        #expect(!isFilled)
        try await store.finishFilling(turn)
      }
    }
    #expect(error?.code == .unavailable)
    #expect(try await store.isFilling())
    #expect(try await store.record([log.events[0]]).statuses == [.queued])
    // The other one's turn is still its own.
    #expect(try await !store.takingTurns { _ in })
    await store.close()
    admin.close()
  }

  @Test func processesFillAnEmptyStoreInTurns() async throws {
    let (a, b) = (try open("a"), try open("b"))
    let isMine = try await a.takingTurns { _ in
      #expect(try await !b.takingTurns { _ in Issue.record("two at once") })
      _ = try await a.upsert([Item(externalID: "i", title: "")])
    }
    #expect(isMine)
    try await b.synchronize()
    #expect(!b.isEmpty)
    struct Failed: Error {}
    await #expect(throws: Failed.self) { try await b.takingTurns { _ in throw Failed() } }
    // Whose work failed gives its turn back.
    #expect(try await a.takingTurns { _ in })
    await a.close()
    await b.close()
  }

  @Test func eventsWaitOnDiskWhileRedisIsAway() async throws {
    let words = Words()
    var store = try open {
      $0.queueLimit = 20
    } report: {
      words.add($0)
    }
    _ = try await store.record([Self.event("u", "before", at: 1)])
    server.kill()
    let queued = try await store.record([
      Self.event("u", "while", at: 2), Self.event("u", "again", at: 3, id: "x"),
    ])
    #expect(queued.statuses == [.queued, .queued] && queued.versions.isEmpty)
    let read = await #expect(throws: FeatureError.self) {
      try await store.user(UserID(external: "u"))
    }
    #expect(read?.code == .unavailable)
    let upsert = await #expect(throws: FeatureError.self) {
      try await store.upsert([Item(externalID: "i", title: "")])
    }
    #expect(upsert?.code == .unavailable)
    // The queue is on disk: the process may end.
    await store.close()
    store = try open {
      $0.queueLimit = 20
    } report: {
      words.add($0)
    }
    #expect(store.queuedEvents == 2)
    let more = try await store.record([Self.event("u", "again", at: 4, id: "x")])
    #expect(more.statuses == [.queued])
    let full = await #expect(throws: FeatureError.self) {
      try await store.record((0..<18).map { Self.event("u", "i\($0)", at: 9) })
    }
    #expect(full?.code == .unavailable)
    try server.start()
    // It is away until its client is connected again.
    try await eventually {
      let user = try? await store.user(UserID(external: "u"))
      return user?.totals.version == 3
    }
    let user = try await store.user(UserID(external: "u"))
    let order = user.history.newest(5).items
    #expect(order == ["again", "while", "before"].map { ItemID(external: $0) })
    // The last of them is in the store a moment before it leaves the queue.
    try await eventually { words.has { if case .drained(3) = $0 { true } else { false } } }
    #expect(store.queuedEvents == 0)
    #expect(words.has { if case .queueing = $0 { true } else { false } })
    await store.close()
  }

  @Test func aWriteWhoseAnswerWasLostCountsOnce() async throws {
    let store = try open { $0.server.timeout = .milliseconds(60) }
    _ = try await store.record([Self.event("u", "first", at: 1)])
    for round in 0..<2 {
      server.freeze()
      // Sent, and unanswered: nobody can know whether it counts. It has no id of its own.
      let outcome = try await store.record([Self.event("u", "i\(round)", at: 2)])
      #expect(outcome.statuses == [.queued])
      server.thaw()
      try await eventually { store.queuedEvents == 0 }
    }
    #expect(try await store.user(UserID(external: "u")).totals.version == 3)
    #expect(store.eventCount == 3)
    await store.close()
  }

  @Test func anEmptiedRedisIsFilledFromMemory() async throws {
    let words = Words()
    let (a, b) = (try open("a", report: { words.add($0) }), try open("b"))
    _ = try await a.upsert((0..<700).map { Item(externalID: "i\($0)", title: "t") })
    _ = try await a.record([Self.event("u", "i1", at: 1), Self.event("v", "i1", at: 2)])
    try await b.synchronize()
    let before = a.identity
    let admin = try Redis(configuration: RedisConfiguration(url: server.url))
    try await admin.send(RedisCommand("FLUSHALL"))
    let late = try open("late")
    for store in [a, b, late] {
      try await eventually {
        // Both throw while it is being filled.
        guard (try? await store.synchronize()) != nil, let counters = try? await store.counters()
        else { return false }
        return store.identity != before && store.catalogue.snapshot.count == 700
          && counters[ItemID(external: "i1")].acts == 2
      }
    }
    #expect(a.identity == b.identity && b.identity == late.identity)
    let changes = try await b.changes(after: 0, limit: 1_000)
    #expect(changes.upserts.count == 700)
    // Its users are gone, and it says so.
    #expect(try await !a.user(UserID(external: "u")).isKnown)
    let outcome = try await b.record([Self.event("u", "i2", at: 3)])
    #expect(outcome.versions == [UserID(external: "u"): 1])
    for store in [a, b, late] { await store.close() }
    admin.close()
  }

  @Test func aRedisSetBackGetsAnotherIdentity() async throws {
    let server = try RedisServer(arguments: ["--dbfilename", "old.rdb"])
    let words = Words()
    let store = try open {
      $0.server.address = .unix(path: server.socket)
    } report: {
      words.add($0)
    }
    _ = try await store.upsert((0..<30).map { Item(externalID: "i\($0)", title: "old") })
    _ = try await store.record([Self.event("u", "i1", at: 1)])
    let admin = try Redis(configuration: RedisConfiguration(url: server.url))
    try await admin.send(RedisCommand("SAVE"), timeout: .seconds(5))
    let sequence = try await store.upsert([Item(externalID: "lost", title: "")])
    _ = try await store.record([Self.event("u", "i2", at: 2)])
    let before = store.identity
    server.kill()
    try server.start()
    try await eventually {
      guard (try? await store.synchronize()) != nil else { return false }
      return store.identity != before && store.catalogue.snapshot.count == 30
    }
    #expect(try await store.user(UserID(external: "u")).totals.version == 1)
    // Whoever followed the lost changes hears that he must start anew.
    let error = await #expect(throws: FeatureError.self) {
      try await store.changes(after: sequence, limit: 1)
    }
    #expect(error?.code == .unknownSequence)
    #expect(try await store.changes(after: 0, limit: 100).upserts.count == 30)
    #expect(words.has { if case .restored(30, false) = $0 { true } else { false } })
    await store.close()
    admin.close()
  }
}

/// What a store said.
private final class Words: Sendable {
  private let words = Mutex<[RedisStoreEvent]>([])
  func add(_ word: RedisStoreEvent) { words.withLock { $0.append(word) } }
  func has(_ matches: (RedisStoreEvent) -> Bool) -> Bool {
    words.withLock { $0.contains(where: matches) }
  }
}
