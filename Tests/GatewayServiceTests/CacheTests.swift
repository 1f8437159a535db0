import Catalogue
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

/// Slates that are given out again while they are true.
struct CacheTests {
  private static func run(
    redis: RedisServer? = nil, _ body: (GatewayFixture) async throws -> Void
  ) async throws {
    try await GatewayFixture.run {
      $0.cache.bytes = 1 << 20
      if let redis { $0.cache.use(redis) }
    } _: { suite in
      // The fixture warms up with ann's slate: another request has another key.
      try await body(suite)
    }
  }

  @Test func anEqualRequestGetsTheSameSlateUnderItsOwnName() async throws {
    try await Self.run { suite in
      let first = try await suite.recommend { $0.count = 7 }
      let calls = suite.ranking.requests.count
      let second = try await suite.recommend {
        $0.count = 7
        $0.requestID = "mine"
      }
      #expect(!first.fromCache && second.fromCache)
      #expect(suite.ranking.requests.count == calls)
      #expect(second.items == first.items && second.versions == first.versions)
      #expect(second.requestID == "mine" && first.requestID != "mine")
      #expect(second.attributionToken != first.attributionToken)
      #expect(AttributionToken(text: second.attributionToken)?.requestID == "mine")
      #expect(second.stageTimings.map(\.stage) == ["cache"])
      for other in [
        try await suite.recommend { $0.count = 8 },
        try await suite.recommend {
          $0.count = 7
          $0.noCache = true
        },
        try await suite.recommend {
          $0.count = 7
          $0.subject.userID = "bob"
        },
        try await suite.recommend {
          $0.count = 7
          $0.context.time.seconds = 2_000_000_000
        },
      ] { #expect(!other.fromCache) }
    }
  }

  @Test func aRememberedSlateIsExplainedAndReplayedByTheRequestThatMadeIt() async throws {
    try await GatewayFixture.run {
      $0.cache.bytes = 1 << 20
      $0.operatorToken = "word"
    } _: { suite in
      let first = try await suite.recommend { $0.count = 7 }
      let second = try await suite.recommend {
        $0.count = 7
        $0.requestID = "mine"
      }
      #expect(second.fromCache)
      let operators = suite.operators("word")
      let answer = try await operators.replay(.with { $0.requestID = "mine" })
      #expect(answer.identical, "\(answer.difference)")
      #expect(answer.originRequestID == first.requestID)
      #expect(answer.response.requestID == "mine" && answer.response.fromCache)
      #expect(answer.response.attributionToken == second.attributionToken)
      #expect(answer.response.items == second.items)
      let why = try await suite.client.whyItem(
        .with {
          $0.requestID = "mine"
          $0.itemID = second.items[2].itemID
        }, options: CallOptions(metadata: OperatorClient.credentials("word")))
      #expect(why.inSlate && why.requestID == "mine" && why.originRequestID == first.requestID)
      let own = try await operators.replay(.with { $0.requestID = first.requestID })
      #expect(own.originRequestID.isEmpty && !own.response.fromCache)
    }
  }

  @Test func theTraceOfASlateStaysWhileItIsGivenOut() async throws {
    try await Self.run { suite in
      let first = try await suite.recommend { $0.count = 7 }
      let now = WallClock.system.nowMilliseconds
      let trace = try suite.service.traces.find(first.requestID, now: now).trace
      let others = try await [
        suite.recommend { $0.count = 8 }, suite.recommend { $0.count = 9 },
      ].map { try suite.service.traces.find($0.requestID, now: now).trace }
      // Room for two traces and a note.
      let room = trace.byteCount + others.map(\.byteCount).reduce(0, max) + CachedAnswer.byteCount
      let store = TraceStore(TraceStore.Bounds(bytes: room))
      store.insert(trace)
      store.insert(others[0])
      let note = CachedAnswer(
        requestID: "again", originID: first.requestID, answeredMilliseconds: now)
      store.insert(note)
      store.insert(others[1])
      #expect(try store.find("again", now: now).trace === trace)
      #expect(throws: RPCError.self) { try store.find(others[0].requestID, now: now) }
      #expect(store.latest(9, now: now).map(\.requestID) == [others[1].requestID, first.requestID])
      #expect(store.size.bytes <= room)
      // Without the slate's own trace, it says whose it was.
      store.insert(others[0])
      store.insert(
        CachedAnswer(requestID: "late", originID: "gone", answeredMilliseconds: now))
      let error = #expect(throws: RPCError.self) { try store.find("late", now: now) }
      #expect(error?.code == .notFound && error?.message.contains("gone") == true)
    }
  }

  @Test func anEventMakesTheNextSlateNew() async throws {
    try await Self.run { suite in
      let first = try await suite.recommend { $0.count = 7 }
      #expect(try await suite.recommend { $0.count = 7 }.fromCache)
      // An event of ann's, by whatever gateway it came.
      suite.features.seen.withLock { $0.append(ItemID(external: first.items[0].itemID)) }
      let next = try await suite.recommend { $0.count = 7 }
      #expect(!next.fromCache)
      #expect(!next.ids.contains(first.ids[0]))
      #expect(try await suite.recommend { $0.count = 7 }.fromCache)
    }
  }

  @Test func aChangedCatalogueMakesTheNextSlateNew() async throws {
    try await Self.run { suite in
      let first = try await suite.recommend { $0.count = 7 }
      try suite.catalogue.apply(
        upserts: [], deletes: [ItemID(external: first.ids[2])], sequence: 8)
      let next = try await suite.recommend { $0.count = 7 }
      #expect(!next.fromCache && !next.ids.contains(first.ids[2]))
    }
  }

  @Test func justAfterAChangeNoSlateIsKept() async throws {
    let now = Watched(WallClock.system.nowMilliseconds)
    try await GatewayFixture.run {
      $0.cache.bytes = 1 << 20
      $0.clock = WallClock { now.value }
    } _: { suite in
      let first = try await suite.recommend { $0.count = 7 }
      try suite.catalogue.apply(
        upserts: [], deletes: [ItemID(external: first.ids[2])], sequence: 8)
      // The candidate service may not have heard of it yet.
      for _ in 0..<2 { #expect(try await !suite.recommend { $0.count = 7 }.fromCache) }
      now.update { $0 += 1_000 }
      #expect(try await !suite.recommend { $0.count = 7 }.fromCache)
      #expect(try await suite.recommend { $0.count = 7 }.fromCache)
    }
  }

  @Test func anItemThatGoesTakesItsSlateWithIt() async throws {
    let now = Watched(WallClock.system.nowMilliseconds)
    try await GatewayFixture.run {
      $0.cache.bytes = 1 << 20
      $0.clock = WallClock { now.value }
    } _: { suite in
      // Within the slate's lifetime, were it not for the item.
      let until = now.value + 1_500
      for var item in World.items {
        item.availableUntilMilliseconds = until
        try suite.catalogue.apply(upserts: [item], deletes: [], sequence: 8)
      }
      #expect(try await !suite.recommend { $0.count = 7 }.fromCache)
      // Just after the change nothing is kept.
      now.update { $0 += 1_000 }
      #expect(try await !suite.recommend { $0.count = 7 }.fromCache)
      #expect(try await suite.recommend { $0.count = 7 }.fromCache)
      now.update { $0 = until + 1 }
      let late = try await suite.recommend { $0.count = 7 }
      #expect(!late.fromCache && late.items.isEmpty)
    }
  }

  @Test func degradedSlatesAreNotKeptAndTheStateIsAskedForEachTime() async throws {
    try await Self.run { suite in
      suite.ranking.service.set(.fails(RPCError(.unavailable, "away")), for: "rank")
      #expect(try await !suite.recommend { $0.count = 7 }.degraded.isEmpty)
      suite.ranking.service.set(.answers, for: "rank")
      let whole = try await suite.recommend { $0.count = 7 }
      #expect(!whole.fromCache && whole.degraded.isEmpty)
      #expect(try await suite.recommend { $0.count = 7 }.fromCache)
      // Nobody can say whether it is still true: it is made anew, and says what is missing.
      suite.features.service.set(.fails(RPCError(.unavailable, "away")), for: "getUser")
      let blind = try await suite.recommend { $0.count = 7 }
      #expect(!blind.fromCache && blind.degradedComponents.contains("features/user"))
    }
  }

  @Test func pagesGoOnFromARememberedFirstPage() async throws {
    try await Self.run { suite in
      let first = try await suite.recommend { $0.count = 5 }
      let again = try await suite.recommend { $0.count = 5 }
      #expect(again.fromCache && !again.nextCursor.isEmpty)
      let second = try await suite.recommend {
        $0.count = 5
        $0.cursor = again.nextCursor
      }
      #expect(!second.fromCache && second.items.count == 5)
      #expect(Set(second.ids).isDisjoint(with: first.ids))
      #expect(second.items.first?.rank == 6)
    }
  }

  @Test func equalRequestsOfOneMomentAreMadeOnce() async throws {
    try await Self.run { suite in
      let gate = Gate()
      suite.ranking.service.set(.waits(gate), for: "rank")
      let before = suite.ranking.requests.count
      try await withThrowingTaskGroup(of: Recsys_Gateway_V1_RecommendResponse.self) { group in
        for _ in 0..<12 { group.addTask { try await suite.recommend { $0.count = 9 } } }
        let flights = try #require(suite.service.cache?.flights)
        try await eventually { flights.waitingCount == 11 }
        gate.open()
        var ids: Set<String> = []
        var made = 0
        for try await reply in group {
          ids.insert(reply.requestID)
          made += reply.fromCache ? 0 : 1
          #expect(reply.items.count == 9)
        }
        #expect(ids.count == 12 && made == 1)
      }
      #expect(suite.ranking.requests.count == before + 1)
    }
  }

  @Test func whoHasNoTimeDoesNotWaitForTheOthersSlate() async throws {
    let flights = SlateFlights()
    var request = Recsys_Gateway_V1_RecommendRequest()
    request.subject.userID = "ann"
    let key = try #require(CacheKey(request))
    guard case .leads = await flights.join(key, until: .now + .seconds(60)) else {
      return #expect(Bool(false), "nobody leads")
    }
    guard case .waited = await flights.join(key, until: .now + .milliseconds(20)) else {
      return #expect(Bool(false), "two lead")
    }
    let cancelled = Task { await flights.join(key, until: .now + .seconds(60)) }
    try await eventually { flights.waitingCount == 1 }
    cancelled.cancel()
    guard case .waited = await cancelled.value else { return #expect(Bool(false), "two lead") }
    #expect(flights.waitingCount == 0)
    flights.end(key)
    guard case .leads = await flights.join(key, until: .now) else {
      return #expect(Bool(false), "it did not end")
    }
  }

  @Test func memoryIsBoundedAndTheLatestStay() throws {
    let memory = SlateMemory(bytes: 16 * 2 * 20_000)
    func key(_ number: Int) throws -> CacheKey {
      var request = Recsys_Gateway_V1_RecommendRequest()
      request.subject.userID = "user-\(number)"
      return try #require(CacheKey(request))
    }
    var reply = Recsys_Gateway_V1_RecommendResponse()
    reply.items = [Recsys_Gateway_V1_RecommendedItem](repeating: .init(), count: 10)
    let slate = CachedSlate(reply: reply, conditions: .init(), expiresMilliseconds: 1_000)
    for number in 0..<2_000 {
      memory.insert(slate, for: try key(number))
      #expect(memory.find(try key(number), now: 999) != nil)
    }
    #expect(memory.size.bytes <= 16 * 2 * 20_000)
    #expect(memory.size.slates > 16)
    #expect(memory.size.bytes == memory.size.slates * slate.byteEstimate)
    #expect(memory.find(try key(0), now: 0) == nil)
    #expect(memory.find(try key(1_999), now: 1_000) == nil)
  }

  @Test func bytesOfAnotherRequestAreNoSlate() throws {
    var request = Recsys_Gateway_V1_RecommendRequest()
    request.subject.userID = "ann"
    let key = try #require(CacheKey(request))
    request.subject.userID = "bob"
    let other = try #require(CacheKey(request))
    var reply = Recsys_Gateway_V1_RecommendResponse()
    reply.requestID = "maker"
    let conditions = CachedSlate.Conditions(storeIdentity: 1, userVersion: 2, surroundings: 3)
    let bytes = try CachedSlate(
      reply: reply, conditions: conditions, expiresMilliseconds: 4
    ).encode(for: key)
    let read = try #require(CachedSlate(bytes, for: key))
    #expect(read.reply == reply && read.conditions == conditions && read.expiresMilliseconds == 4)
    #expect(CachedSlate(bytes, for: other) == nil)
    for length in 0..<bytes.count {
      #expect(CachedSlate(Array(bytes.prefix(length)), for: key) == nil)
    }
  }
}
