import Catalogue
import Foundation
import KeyValueStore
import RecommendationCore
import Synchronization
import TestSupport
import Testing

@testable import Features

struct EmbeddedStoreTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory("features") }

  private func open(_ name: String = "store", cachedUsers: Int = 1_000) throws -> EmbeddedStore {
    var configuration = EmbeddedStoreConfiguration()
    configuration.cachedUsers = cachedUsers
    return try EmbeddedStore(path: folder.path(name), configuration: configuration)
  }

  @Test func itConforms() async throws {
    var number = 0
    try await OnlineStoreConformance.checkAll {
      number += 1
      return try open("conformance-\(number)")
    }
  }

  @Test func itConformsWithACacheOfTwoUsers() async throws {
    var number = 0
    try await OnlineStoreConformance.checkAll {
      number += 1
      return try open("small-\(number)", cachedUsers: 2)
    }
  }

  @Test func reopeningGivesTheEnginesBits() async throws {
    let log = RandomLog(seed: 4, users: 15, items: 50, events: 2_000, withIDs: true)
    var engine = FeatureEngine(catalogue: try log.catalogue())
    var store = try open()
    _ = try await store.upsert(log.items)
    let sequence = store.catalogue.snapshot.sequence
    for (number, start) in stride(from: 0, to: log.events.count, by: 250).enumerated() {
      let group = Array(log.events[start..<min(start + 250, log.events.count)])
      _ = try await store.record(group)
      for event in group { engine.apply(event) }
      if number % 3 == 2 {
        store.close()
        store = try open()
      }
    }
    store.close()
    store = try open()
    #expect(store.catalogue.snapshot.sequence == sequence)
    #expect(store.eventCount == 2_000)
    try await OnlineStoreConformance.check(store, equals: engine, log)
    let again = try await store.record(Array(log.events.prefix(100)))
    #expect(again.statuses.allSatisfy { $0 == .duplicate })
    var logged: [Event] = []
    try store.forEachEvent { _, event in
      logged.append(event)
      return true
    }
    #expect(logged == log.events)
    store.close()
  }

  @Test func aBulkLoadHoldsTheSameAsRecording() async throws {
    let log = RandomLog(seed: 9, users: 12, items: 40, events: 1_000, withIDs: true)
    let loaded = try EmbeddedStore.bulkLoad(
      into: folder.path("bulk"), items: log.items, events: log.events + log.events.suffix(1))
    #expect(loaded == 1_000)
    var engine = FeatureEngine(catalogue: try log.catalogue())
    for event in log.events { engine.apply(event) }
    let store = try open("bulk")
    #expect(!store.isEmpty)
    try await OnlineStoreConformance.check(store, equals: engine, log)
    let again = try await store.record([log.events[5]])
    #expect(again.statuses == [.duplicate])
    let page = try await store.changes(after: 0, limit: 1_000)
    #expect(Set(page.upserts.map(\.externalID)) == Set(log.items.map(\.externalID)))
    store.close()
    let error = #expect(throws: FeatureError.self) {
      try EmbeddedStore.bulkLoad(
        into: folder.path("bulk2"), items: [], events: log.events.reversed())
    }
    #expect(error?.code == .notInOrder)
  }

  @Test func aLoadOfColumnsHoldsTheSameAsRecording() async throws {
    // Users and items come back often: histories with repetitions.
    for (name, items) in [("many", 400), ("few", 12)] {
      let log = RandomLog(seed: 10, users: 15, items: items, events: 3_000)
      // In single precision, as columns hold them.
      let events = log.events.map { event in
        var event = event
        event.value = Double(Float(event.value))
        return event
      }
      let columns = Self.columns(events)
      var configuration = EmbeddedStoreConfiguration()
      configuration.eventLogLimit = 2_500
      try EmbeddedStore.bulkLoad(
        into: folder.path(name), items: log.items, columns: columns, configuration: configuration)
      #expect(!FileManager.default.fileExists(atPath: folder.path(name + ".files")))
      var engine = FeatureEngine(catalogue: try log.catalogue())
      for event in events { engine.apply(event) }
      let store = try open(name)
      try await OnlineStoreConformance.check(store, equals: engine, log)
      for (id, user) in engine.sortedUsers() { #expect(try await store.user(id) == user) }
      var logged: [Event] = []
      try store.forEachEvent { _, event in
        logged.append(event)
        return true
      }
      #expect((logged == events.suffix(2_500)) as Bool)
      #expect(store.eventCount == 3_000)
      let outcome = try await store.record([events[7]])
      #expect(outcome.statuses == [.accepted])
      #expect(store.eventCount == 3_001)
      store.close()
    }
  }

  @Test func columnsThatDoNotFitAreRefused() throws {
    let log = RandomLog(seed: 1, users: 2, items: 3, events: 50)
    let good = Self.columns(log.events)
    var bad = [EventColumns](repeating: good, count: 5)
    bad[0].timesMilliseconds.reverse()
    bad[1].values.removeLast()
    bad[2].itemRows[3] = 99
    bad[3].types[0] = 77
    bad[4].users[0] = UserID(rawValue: 0)
    for (number, columns) in bad.enumerated() {
      #expect(throws: FeatureError.self) {
        try EmbeddedStore.bulkLoad(
          into: folder.path("bad\(number)"), items: log.items, columns: columns)
      }
    }
    try EmbeddedStore.bulkLoad(into: folder.path("good"), items: log.items, columns: good)
    #expect(throws: FeatureError.self) {
      try EmbeddedStore.bulkLoad(into: folder.path("good"), items: log.items, columns: good)
    }
  }

  private static func columns(_ events: [Event]) -> EventColumns {
    let users = Array(Set(events.map(\.user))).sorted { $0.rawValue % 97 < $1.rawValue % 97 }
    let items = Array(Set(events.map(\.item))).sorted()
    return EventColumns(
      users: users, items: items,
      userRows: events.map { Int32(users.firstIndex(of: $0.user) ?? -1) },
      itemRows: events.map { Int32(items.firstIndex(of: $0.item) ?? -1) },
      types: events.map(\.type.rawValue), values: events.map { Float($0.value) },
      timesMilliseconds: events.map(\.timeMilliseconds))
  }

  @Test func aStoreWithContentIsNotBulkLoaded() throws {
    let log = RandomLog(seed: 1, users: 2, items: 3, events: 5)
    try EmbeddedStore.bulkLoad(into: folder.path("b"), items: log.items, events: log.events)
    let error = #expect(throws: FeatureError.self) {
      try EmbeddedStore.bulkLoad(into: folder.path("b"), items: log.items, events: [])
    }
    #expect(error?.code == .notEmpty)
  }

  @Test func eventIDsAreForgottenAfterTheRetention() async throws {
    var configuration = EmbeddedStoreConfiguration()
    configuration.eventIDRetention = .seconds(60)
    let box = ClockBox()
    let store = try EmbeddedStore(
      path: folder.path("retention"), configuration: configuration, clock: { box.now })
    func event(_ id: String) -> Event {
      Event(
        eventID: id, user: UserID(external: "u"), item: ItemID(external: "i"), type: .view,
        timeMilliseconds: 5)
    }
    _ = try await store.record([event("a"), event("b")])
    box.advance(59_000)
    #expect(try await store.record([event("a")]).statuses == [.duplicate])
    box.advance(2_000)
    #expect(try await store.record([event("c")]).statuses == [.accepted])
    #expect(try await store.record([event("a"), event("c")]).statuses == [.accepted, .duplicate])
    store.close()
  }

  @Test func theEventLogKeepsTheLatestEvents() async throws {
    let log = RandomLog(seed: 11, users: 12, items: 40, events: 2_000, withIDs: true)
    var engine = FeatureEngine(catalogue: try log.catalogue())
    for event in log.events { engine.apply(event) }
    var configuration = EmbeddedStoreConfiguration()
    configuration.eventLogLimit = 150
    func open() throws -> EmbeddedStore {
      try EmbeddedStore(path: folder.path("bounded"), configuration: configuration)
    }
    var store = try open()
    _ = try await store.upsert(log.items)
    for (number, start) in stride(from: 0, to: log.events.count, by: 40).enumerated() {
      _ = try await store.record(Array(log.events[start..<start + 40]))
      // A group more at most: what has just come stays.
      #expect(store.loggedEventCount <= 150 + 40)
      if number % 10 == 9 {
        store.close()
        store = try open()
      }
    }
    #expect(store.eventCount == 2_000)
    let kept = store.loggedEventCount
    #expect(kept >= 150 && kept <= 190)
    var logged: [Event] = []
    try store.forEachEvent { _, event in
      logged.append(event)
      return true
    }
    #expect(logged == log.events.suffix(Int(kept)))
    // The users' states know nothing of it.
    try await OnlineStoreConformance.check(store, equals: engine, log)
    // Ids are known as long as their events are there, and no longer.
    #expect(try await store.record([log.events[1_990]]).statuses == [.duplicate])
    #expect(try await store.record([log.events[0]]).statuses == [.accepted])
    store.close()
    var ids = 0
    let files = try Database(path: folder.path("bounded"), families: StoreLayout.families)
    try files.forEach(in: StoreLayout.eventIDs) { _, _ in
      ids += 1
      return true
    }
    files.close()
    #expect(ids <= 191)
  }

  @Test func aLimitThatIsLoweredShortensTheLogLittleByLittle() async throws {
    let log = RandomLog(seed: 12, users: 5, items: 20, events: 1_000, withIDs: true)
    try EmbeddedStore.bulkLoad(into: folder.path("long"), items: log.items, events: log.events)
    var configuration = EmbeddedStoreConfiguration()
    configuration.eventLogLimit = 100
    let store = try EmbeddedStore(path: folder.path("long"), configuration: configuration)
    #expect(store.loggedEventCount == 1_000)
    var event = log.events[0]
    var records = 0
    while store.loggedEventCount > 101 {
      event.eventID = "new-\(records)"
      let before = store.loggedEventCount
      _ = try await store.record([event])
      #expect(before - store.loggedEventCount <= 18)
      records += 1
      try #require(records < 100)
    }
    store.close()
  }

  @Test func aCheckpointIsAStoreOfItsOwn() async throws {
    let store = try open()
    _ = try await store.upsert([Item(externalID: "a", title: "")])
    try store.checkpoint(to: folder.path("copy"))
    _ = try await store.delete([ItemID(external: "a")])
    let copy = try open("copy")
    #expect(copy.catalogue.snapshot.count == 1)
    copy.close()
    store.close()
  }

  @Test func aClosedStoreRefusesWrites() async throws {
    let store = try open()
    store.close()
    await #expect(throws: (any Error).self) { try await store.upsert([]) }
  }
}

/// A clock that a test moves.
private final class ClockBox: Sendable {
  private let time = Mutex<Int64>(1_000_000)
  var now: Int64 { time.withLock { $0 } }
  func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}
