import Catalogue
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

@Suite struct PagingTests {
  @Test("pages go on where the last one ended, to the end of the list")
  func allPages() async throws {
    try await GatewayFixture.run { suite in
      let whole = try await suite.recommend { $0.count = 57 }.ids
      var ids: [String] = []
      var cursor = ""
      repeat {
        let page = try await suite.recommend {
          $0.count = 10
          $0.cursor = cursor
        }
        #expect(page.items.map(\.rank) == page.items.indices.map { UInt32(ids.count + $0 + 1) })
        #expect(page.degraded.isEmpty)
        #expect(page.items.allSatisfy { $0.hasReason && !$0.sources.isEmpty })
        ids += page.ids
        cursor = page.nextCursor
      } while !cursor.isEmpty
      #expect(ids == whole)
    }
  }

  @Test("the second page stands still while events arrive and the ranker changes its mind")
  func stable() async throws {
    try await GatewayFixture.run { suite in
      let whole = try await suite.recommend { $0.count = 20 }.ids
      let first = try await suite.recommend()
      suite.ranking.score.withLock { $0 = { -World.appeal($0) } }
      suite.features.seen.withLock { $0.append(ItemID(external: whole[15])) }
      let second = try await suite.recommend { $0.cursor = first.nextCursor }
      #expect(second.ids == Array(whole[10..<20]))
    }
  }

  @Test("an item that left the catalogue is not on the second page, which is full all the same")
  func deletedBetweenPages() async throws {
    try await GatewayFixture.run { suite in
      let whole = try await suite.recommend { $0.count = 21 }.ids
      let first = try await suite.recommend()
      try suite.catalogue.apply(
        upserts: [], deletes: [ItemID(external: whole[12]), ItemID(external: whole[3])],
        sequence: 8)
      let second = try await suite.recommend { $0.cursor = first.nextCursor }
      #expect(second.ids == whole[10..<21].filter { $0 != whole[12] })
    }
  }

  @Test("another gateway, which knows nothing of the first page, never repeats it")
  func anotherReplica() async throws {
    let folder = try TemporaryDirectory()
    let keyFile = folder.path("paging.key")
    try await GatewayFixture.run(configure: { $0.cursorKeyPath = keyFile }) { suite in
      let first = try await suite.recommend()
      let replica = FakeService()
      let service = try RecommendationService(
        configuration: suite.configuration, catalogue: suite.catalogue,
        logger: GatewayFixture.logger)
      try await service.descriptions.refresh(timeout: GatewayFixture.patience)
      try replica.start(service.definitions)
      let client = GatewayClient(channel: try Channel(target: replica.target))
      var request = Recsys_Gateway_V1_RecommendRequest()
      request.subject.userID = "ann"
      request.count = 10
      request.cursor = first.nextCursor
      let second = try await client.recommend(request)
      #expect(second.items.count == 10)
      #expect(Set(second.ids).isDisjoint(with: first.ids))
      #expect(second.items.first?.rank == 11)
      request.cursor = second.nextCursor
      let third = try await suite.client.recommend(request)
      #expect(Set(third.ids).isDisjoint(with: first.ids + second.ids))
      await replica.stop()
    }
  }

  @Test("the second page spreads with the first in mind")
  func diversityAcrossPages() async throws {
    try await GatewayFixture.run { suite in
      func page(_ count: UInt32, _ cursor: String = "") async throws
        -> Recsys_Gateway_V1_RecommendResponse
      {
        try await suite.recommend {
          $0.count = count
          $0.cursor = cursor
          $0.diversity.strength = 0.5
        }
      }
      let whole = try await page(20).ids
      let first = try await page(10)
      #expect(first.ids == Array(whole[..<10]))
      let second = try await page(10, first.nextCursor)
      #expect(second.ids == Array(whole[10...]))
    }
  }

  @Test("a cursor of another request, an old one and a damaged one are refused")
  func refusals() async throws {
    try await GatewayFixture.run { suite in
      let cursor = try await suite.recommend().nextCursor
      let other = await rpcError {
        try await suite.recommend {
          $0.cursor = cursor
          $0.count = 11
        }
      }
      #expect(other?.code == .invalidArgument)
      #expect(other?.fieldViolations.map(\.field) == ["cursor"])
      let damaged = await rpcError { try await suite.recommend { $0.cursor = "A" + cursor } }
      #expect(damaged?.fieldViolations.map(\.field) == ["cursor"])
      let forged = PageCursor(
        snapshotID: 1, requestFingerprint: 1, expiresMilliseconds: .max, shown: []
      ).text(key: .random())
      let foreign = await rpcError { try await suite.recommend { $0.cursor = forged } }
      #expect(foreign?.fieldViolations.map(\.description) == ["is not a cursor of this service"])
    }
  }

  @Test("a cursor comes back from its text as it went, and every change of a letter shows")
  func cursorText() {
    let cursor = PageCursor(
      snapshotID: .max, requestFingerprint: 3, expiresMilliseconds: -5,
      shown: (1...40).map { ItemID(rawValue: UInt64($0) << 58 | 7) })
    let key = CursorKey.random()
    let text = cursor.text(key: key)
    #expect(PageCursor(text: text, key: key) == cursor)
    #expect(PageCursor(text: text, key: .random()) == nil)
    let letters = Array(text)
    for index in letters.indices.dropLast() {
      var changed = letters
      changed[index] = changed[index] == "x" ? "y" : "x"
      #expect(PageCursor(text: String(changed), key: key) == nil)
    }
    for text in ["", "a", "not a cursor", String(repeating: "A", count: 50_000), "ää"] {
      #expect(PageCursor(text: text, key: key) == nil)
    }
  }

  @Test("a cursor that has expired is refused")
  func expired() async throws {
    try await GatewayFixture.run(configure: { $0.pageLifetime = .zero }) { suite in
      let cursor = try await suite.recommend().nextCursor
      let expired = await rpcError { try await suite.recommend { $0.cursor = cursor } }
      #expect(expired?.fieldViolations.map(\.description) == ["has expired: start anew"])
    }
  }

  @Test("the key of a file is made once, kept from others, and every gateway gets the same")
  func keyFile() throws {
    let folder = try TemporaryDirectory()
    let path = folder.path("keys/paging.key")
    let first = try CursorKey(path: path)
    #expect(first.bytes.count == 32)
    #expect(try CursorKey(path: path).bytes == first.bytes)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try Data([1, 2]).write(to: URL(fileURLWithPath: path))
    #expect(throws: GatewayError.self) { try CursorKey(path: path) }
  }

  @Test("base 64 is that of RFC 4648, and reads back what it wrote and nothing else")
  func base64() {
    #expect(Base64URL.encode(Array("foobar".utf8)) == "Zm9vYmFy")
    #expect(Base64URL.encode([0xfb, 0xff]) == "-_8")
    var generator = SeededGenerator(seed: 2)
    for count in 0..<100 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
    for text in ["A", "AB", "ab+/", "Zm9v=", "ä"] { #expect(Base64URL.decode(text) == nil) }
  }
}
