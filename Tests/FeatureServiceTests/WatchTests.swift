import Artifacts
import Catalogue
import FeatureService
import Features
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import TestSupport
import Testing

struct WatchTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory("feature-service") }

  private func items(_ range: Range<Int>, _ title: String = "t") -> [Item] {
    range.map { Item(externalID: "i\($0)", title: title) }
  }

  private func watch(_ fixture: FeatureFixture, after sequence: UInt64 = 0) throws
    -> ResponseStream<Recsys_Features_V1_WatchItemsResponse>.AsyncIterator
  {
    var request = Recsys_Features_V1_WatchItemsRequest()
    request.afterSequence = sequence
    return try fixture.client.watchItems(request).makeAsyncIterator()
  }

  /// The next message that tells of a change: a sign of life in between, which is empty, is none.
  private func nextChange(
    _ watcher: inout ResponseStream<Recsys_Features_V1_WatchItemsResponse>.AsyncIterator
  ) async throws -> Recsys_Features_V1_WatchItemsResponse? {
    while let message = try await watcher.next() {
      if !message.upserted.isEmpty || !message.deletedItemKeys.isEmpty { return message }
    }
    return nil
  }

  @Test func aWatcherGetsAllThatIsThereAndThenEveryChange() async throws {
    try await FeatureFixture.run(folder, configuration: { $0.watchPageItems = 7 }) { fixture in
      let last = try await fixture.upsert(items(0..<50))
      var watcher = try watch(fixture)
      var seen: [String] = []
      var message = try await watcher.next()
      while let current = message {
        seen += current.upserted.map(\.id)
        #expect(current.upserted.count <= 7)
        if current.caughtUp {
          #expect(current.sequence == last)
          break
        }
        message = try await watcher.next()
      }
      #expect(seen == (0..<50).map { "i\($0)" })
      let changed = try await fixture.upsert(items(3..<4, "new"))
      let live = try await nextChange(&watcher)
      #expect(live?.upserted.map(\.title) == ["new"])
      #expect(live?.sequence == changed)
      let deletion = try await fixture.delete(["i5", "none"])
      #expect(deletion.missingItemIds == ["none"])
      let gone = try await nextChange(&watcher)
      #expect(gone?.deletedItemKeys == [ItemID(external: "i5").rawValue])

      var resumed = try watch(fixture, after: last)
      let first = try await resumed.next()
      #expect(first?.upserted.map(\.id) == ["i3"])
      #expect(first?.deletedItemKeys == [ItemID(external: "i5").rawValue])
      #expect(first?.caughtUp == true)
      #expect(first?.sequence == deletion.sequence)
    }
  }

  @Test func aWatcherThatHasEverythingIsToldSoAndHearsFromTheService() async throws {
    try await FeatureFixture.run(
      folder, configuration: { $0.watchHeartbeat = .milliseconds(100) }
    ) { fixture in
      let last = try await fixture.upsert(items(0..<2))
      var watcher = try watch(fixture, after: last)
      let first = try await watcher.next()
      #expect(first?.caughtUp == true && first?.upserted.isEmpty == true)
      let beat = try await watcher.next()
      #expect(beat?.caughtUp == false && beat?.sequence == last)
    }
  }

  @Test func aPlaceOfAnotherStoreIsOutOfRange() async throws {
    try await FeatureFixture.run(folder) { fixture in
      let last = try await fixture.upsert(items(0..<2))
      for strange in [UInt64(7), last + 1] {
        var watcher = try watch(fixture, after: strange)
        let error = await #expect(throws: RPCError.self) { try await watcher.next() }
        #expect(error?.code == .outOfRange)
      }
    }
  }

  @Test func aWatchEndsWithUnavailableWhenTheServiceDrains() async throws {
    try await FeatureFixture.run(folder) { fixture in
      _ = try await fixture.upsert(items(0..<2))
      var watcher = try watch(fixture)
      _ = try await watcher.next()
      await fixture.parts.drain()
      let error = await #expect(throws: RPCError.self) {
        while try await watcher.next() != nil {}
      }
      #expect(error?.code == .unavailable)
    }
  }

  @Test func aKeyCollisionIsRefusedAndLargePagesAreCut() async throws {
    try await FeatureFixture.run(folder) { fixture in
      try await fixture.upsert([Item(externalID: "8yn0iYCKYHlIj4-BwPqk", title: "first")])
      let error = await #expect(throws: RPCError.self) {
        try await fixture.upsert([Item(externalID: "GReLUrM4wMqfg9yzV3KQ", title: "second")])
      }
      #expect(error?.code == .alreadyExists)
      let long = String(repeating: "x", count: 60_000)
      let big = (0..<60).map { Item(externalID: "big\($0)", title: "t", description: long) }
      try await fixture.upsert(big)
      var watcher = try watch(fixture)
      var counts: [Int] = []
      while let message = try await watcher.next() {
        counts.append(message.upserted.count)
        if message.caughtUp { break }
      }
      #expect(counts.reduce(0, +) == 61)
      #expect(counts.count >= 3)
    }
  }

  @Test func malformedItemsAreRefusedByField() async throws {
    try await FeatureFixture.run(folder) { fixture in
      let error = await #expect(throws: RPCError.self) {
        try await fixture.upsert([
          Item(externalID: "a", title: "fine"), Item(externalID: "b", title: "x", price: -1),
        ])
      }
      #expect(error?.fieldViolations.map(\.field) == ["items[1].price"])
      let list = await #expect(throws: RPCError.self) { try await fixture.delete([]) }
      #expect(list?.fieldViolations.map(\.field) == ["item_ids"])
    }
  }

  @Test func anEmptyStoreStartsFromTheCatalogueBundle() async throws {
    let registry = ModelRegistry(root: folder.path("models"))
    let wanted = items(0..<20, "from the bundle")
    let manifest = try registry.publish(
      kind: CatalogueFile.bundleKind, description: BundleDescription(name: "test")
    ) { try CatalogueFile.write(wanted, to: $0.appendingPathComponent(CatalogueFile.name)) }
    try registry.setLabel(
      kind: CatalogueFile.bundleKind, label: "production", version: manifest.version)
    try await FeatureFixture.run(folder) { fixture in
      let rows = try await fixture.items(["i0", "i19", "i20"], user: "")
      #expect(rows.missingItemKeys == [ItemID(external: "i20").rawValue])
    }
  }
}
