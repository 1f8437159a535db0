import Catalogue
import Foundation
import RecommendationCore
import Testing

@testable import Features

/// What every backend of ``OnlineStore`` must do. A backend's test makes an empty store and hands it in.
enum OnlineStoreConformance {
  static func checkAll(_ make: () throws -> any OnlineStore) async throws {
    try await checkDuplicates(make())
    try await checkVersionsAndHistory(make())
    try await checkCatalogueChanges(make())
    try await checkRefusedCollision(make())
    try await checkConcurrentWriters(make())
    try await checkEqualityWithTheEngine(make())
  }

  private static func event(
    _ user: String, _ item: String, _ type: EventType = .view, at time: Int64, id: String = ""
  ) -> Event {
    Event(
      eventID: id, user: UserID(external: user), item: ItemID(external: item), type: type,
      timeMilliseconds: time)
  }

  static func checkDuplicates(_ store: any OnlineStore) async throws {
    let first = try await store.record([
      event("u", "a", at: 1, id: "x"), event("u", "a", at: 1, id: "x"), event("u", "b", at: 2),
      event("u", "b", at: 2),
    ])
    #expect(first.statuses == [.accepted, .duplicate, .accepted, .accepted])
    let again = try await store.record([event("u", "c", at: 3, id: "x")])
    #expect(again.statuses == [.duplicate])
    #expect(again.versions == [UserID(external: "u"): 3])
    let user = try await store.user(UserID(external: "u"))
    #expect(user.totals.acts == 3)
    #expect(!user.history.contains(ItemID(external: "c")))
  }

  static func checkVersionsAndHistory(_ store: any OnlineStore) async throws {
    let unknown = try await store.user(UserID(external: "nobody"))
    #expect(!unknown.isKnown)
    _ = try await store.record([
      event("u", "a", .like, at: 10), event("u", "b", .click, at: 20),
      event("u", "shown", .impression, at: 25), event("u", "a", .click, at: 30),
      event("u", "c", .dislike, at: 15),
    ])
    let user = try await store.user(UserID(external: "u"))
    #expect(user.totals.version == 5)
    let history = user.history.newest(10)
    #expect(history.items == ["a", "b", "c"].map { ItemID(external: $0) })
    #expect(history.weights == [1, 0.3, -1])
    #expect(history.timesMilliseconds == [30, 20, 15])
    #expect(user.history.newest(1).items == [ItemID(external: "a")])
    let counters = try await store.counters()
    #expect(counters[ItemID(external: "shown")].impressions == 1)
    #expect(counters[ItemID(external: "a")].acts == 2)
    #expect(counters[ItemID(external: "other")].isEmpty)
  }

  static func checkCatalogueChanges(_ store: any OnlineStore) async throws {
    func items(_ range: Range<Int>, _ title: String) -> [Item] {
      range.map { Item(externalID: "i\($0)", title: title) }
    }
    var signals = store.changeSignals().makeAsyncIterator()
    let first = try await store.upsert(items(0..<10, "old"))
    await signals.next()
    #expect(store.catalogue.snapshot.count == 10)
    #expect(store.catalogue.snapshot.sequence == first)
    let second = try await store.upsert(items(3..<5, "new"))
    #expect(second == first + 2)
    let deleted = try await store.delete(["i7", "none", "i7"].map { ItemID(external: $0) })
    #expect(deleted.missing == [ItemID(external: "none")])
    #expect(deleted.sequence == second + 1)
    #expect(store.catalogue.snapshot.count == 9)

    // Page by page, from the start: everything once, in the order of its last change.
    var titles: [String: String] = [:]
    var place: UInt64 = 0
    var more = true
    while more {
      let page = try await store.changes(after: place, limit: 4)
      for item in page.upserts { titles[item.externalID] = item.title }
      place = page.sequence
      more = page.hasMore
    }
    #expect(place == deleted.sequence)
    #expect(titles.count == 9)
    #expect(titles["i3"] == "new" && titles["i1"] == "old" && titles["i7"] == nil)
    // From the middle: what came after.
    let rest = try await store.changes(after: first, limit: 100)
    #expect(Set(rest.upserts.map(\.externalID)) == ["i3", "i4"])
    #expect(rest.deletes == [ItemID(external: "i7")])
    #expect(!rest.hasMore)
    let nothing = try await store.changes(after: deleted.sequence, limit: 100)
    #expect(nothing.upserts.isEmpty && nothing.deletes.isEmpty)
    #expect(nothing.sequence == deleted.sequence)
    for strange in [UInt64(5), deleted.sequence + 1] {
      let error = await #expect(throws: FeatureError.self) {
        try await store.changes(after: strange, limit: 1)
      }
      #expect(error?.code == .unknownSequence)
    }
  }

  static func checkRefusedCollision(_ store: any OnlineStore) async throws {
    // Two ids of one 64-bit FNV-1a hash.
    let name = "8yn0iYCKYHlIj4-BwPqk"
    _ = try await store.upsert([Item(externalID: name, title: "first")])
    let before = store.catalogue.snapshot.sequence
    let error = await #expect(throws: CatalogueError.self) {
      try await store.upsert([
        Item(externalID: "fine", title: ""), Item(externalID: "GReLUrM4wMqfg9yzV3KQ", title: ""),
      ])
    }
    #expect(error?.code == .keyCollision)
    #expect(store.catalogue.snapshot.count == 1)
    #expect(store.catalogue.snapshot.sequence == before)
  }

  static func checkConcurrentWriters(_ store: any OnlineStore) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          for step in 0..<25 {
            let own = event("own-\(writer)", "i\(step)", at: Int64(step))
            let outcome = try await store.record([own, event("all", "shared", at: Int64(step))])
            // What was acknowledged is visible to the next read.
            let user = try await store.user(UserID(external: "own-\(writer)"))
            let version = outcome.versions[UserID(external: "own-\(writer)")]
            #expect(user.totals.version == version)
            #expect(version == UInt64(step + 1))
          }
        }
      }
      try await group.waitForAll()
    }
    let all = try await store.user(UserID(external: "all"))
    #expect(all.totals.version == 200)
    let counters = try await store.counters()
    #expect(counters[ItemID(external: "shared")].acts == 200)
  }

  static func checkEqualityWithTheEngine(_ store: any OnlineStore) async throws {
    let log = RandomLog(seed: 21, users: 20, items: 60, events: 1_500)
    _ = try await store.upsert(log.items)
    var engine = FeatureEngine(catalogue: try log.catalogue())
    var next = 0
    while next < log.events.count {
      let group = Array(log.events[next..<min(next + 37, log.events.count)])
      _ = try await store.record(group)
      for event in group { engine.apply(event) }
      next += group.count
    }
    try await check(store, equals: engine, log)
  }

  /// Every feature of every user and item, bit for bit.
  static func check(_ store: any OnlineStore, equals engine: FeatureEngine, _ log: RandomLog)
    async throws
  {
    let userPlan = try FeaturePlan.user(FeatureCatalogue.userFeatures)
    let itemPlan = try FeaturePlan.items(FeatureCatalogue.itemFeatures)
    let time = (log.events.last?.timeMilliseconds ?? 0) + 12_345_678
    let counters = try await store.counters()
    for id in log.users {
      let user = try await store.user(id)
      #expect(user == engine.user(id))
      #expect(
        userPlan.read(user, at: time).bits
          == engine.userFeatures(id, userPlan, at: time).bits)
      let online = itemPlan.read(
        log.itemIDs, user: user, catalogue: store.catalogue.snapshot, counters: counters,
        at: time)
      #expect(
        online.bits == engine.itemFeatures(log.itemIDs, user: id, itemPlan, at: time).bits)
    }
  }
}
