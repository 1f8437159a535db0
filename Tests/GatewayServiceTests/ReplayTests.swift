import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

@Suite struct ReplayTests {
  static let token = "word"

  private func replay(
    _ suite: GatewayFixture, _ response: Recsys_Gateway_V1_RecommendResponse
  ) async throws -> Recsys_Gateway_V1_ReplayResponse {
    try await suite.operators(Self.token).replay(
      .with { $0.requestID = response.requestID },
      options: CallOptions(timeout: GatewayFixture.patience))
  }

  private func run(_ body: (GatewayFixture) async throws -> Void) async throws {
    try await GatewayFixture.run(configure: { $0.operatorToken = Self.token }, body)
  }

  @Test("the same slate comes out after the world has changed")
  func changedWorld() async throws {
    try await run { suite in
      let sent = try await suite.recommend {
        $0.diversity.strength = 0.4
        $0.diversity.maxPerCategory = 4
        $0.returnAttributes = ["*"]
        $0.filter.noneCategories = ["Third 1"]
      }
      #expect(sent.degraded.isEmpty)
      // Another ranker with other features, other tastes, other items, another past.
      suite.ranking.model.withLock { $0 = 2 }
      suite.ranking.score.withLock { $0 = { key in Float(key % 1_000) } }
      suite.features.seen.withLock { $0 = World.items.prefix(20).map(\.id) }
      try suite.catalogue.apply(
        upserts: [], deletes: sent.ids.prefix(5).map { ItemID(external: $0) }, sequence: 8)
      let asked = suite.candidates.requests.count
      let answer = try await replay(suite, sent)
      #expect(answer.identical, "\(answer.difference)")
      #expect(answer.difference.isEmpty)
      #expect(answer.response.items == sent.items)
      #expect(answer.response.versions == sent.versions)
      #expect(suite.candidates.requests.count == asked, "a replay asks nobody")
      let now = try await suite.recommend { $0.filter.noneCategories = ["Third 1"] }
      #expect(now.ids != sent.ids, "the world has indeed changed")
    }
  }

  @Test("pages, sessions and slates without ranking come out again")
  func kinds() async throws {
    try await run { suite in
      var sent = [try await suite.recommend()]
      sent.append(
        try await suite.recommend { $0.cursor = sent[0].nextCursor })
      sent.append(
        try await suite.recommend {
          $0.subject.session.recentItemIds = ["item-3", "item-9"]
          $0.explain = .full
        })
      sent.append(try await suite.recommend { $0.count = 500 })
      for response in sent {
        let answer = try await replay(suite, response)
        #expect(answer.identical, "\(answer.difference)")
        #expect(answer.response.items == response.items)
      }
    }
  }

  @Test(
    "degraded answers come out as degraded",
    arguments: ["retrieve", "rank", "explain", "getUser", "getItems"])
  func degraded(_ method: String) async throws {
    try await run { suite in
      for fake in [
        suite.candidates.service, suite.features.service, suite.ranking.service,
        suite.explanation.service,
      ] {
        fake.set(.fails(RPCError(.unavailable, "down")), for: method)
      }
      let sent = try await suite.recommend()
      #expect(!sent.degraded.isEmpty)
      suite.candidates.service.set(.answers, for: method)
      suite.features.service.set(.answers, for: method)
      let answer = try await replay(suite, sent)
      #expect(answer.identical, "\(answer.difference)")
      #expect(answer.response.degraded.map(\.reason) == sent.degraded.map(\.reason))
    }
  }

  @Test("a source that was late is late again")
  func lateSource() async throws {
    try await run { suite in
      suite.candidates.status.withLock { $0["als"] = .timedOut }
      let sent = try await suite.recommend()
      #expect(sent.degradedComponents == ["candidates/als"])
      suite.candidates.status.withLock { $0 = [:] }
      let answer = try await replay(suite, sent)
      #expect(answer.identical, "\(answer.difference)")
      #expect(answer.response.degradedComponents == ["candidates/als"])
    }
  }

  @Test("what does not come out alike is told, not hidden")
  func difference() throws {
    let item = Recsys_Gateway_V1_RecommendedItem.with { $0.itemID = "a" }
    let sent = Recsys_Gateway_V1_RecommendResponse.with { $0.items = [item, item] }
    #expect(try SlateDifference.first(sent: sent, replayed: sent) == nil)
    var other = sent
    other.items[1].itemID = "b"
    #expect(
      try SlateDifference.first(sent: sent, replayed: other)
        == "place 2: a was sent, b came out")
    other = sent
    other.items[0].score = 1
    #expect(try SlateDifference.first(sent: sent, replayed: other)?.contains("score") == true)
    other = sent
    other.items.removeLast()
    #expect(
      try SlateDifference.first(sent: sent, replayed: other)
        == "2 items were sent, 1 came out")
    other = sent
    other.underfilled = true
    #expect(try SlateDifference.first(sent: sent, replayed: other) != nil)
    other = sent
    other.stageTimings = [.with { $0.tookUs = 7 }]
    #expect(try SlateDifference.first(sent: sent, replayed: other) == nil)
  }

  @Test("a request that nobody knows is NOT_FOUND")
  func unknown() async throws {
    try await run { suite in
      let error = await rpcError {
        try await suite.operators(Self.token).replay(.with { $0.requestID = "nothing" })
      }
      #expect(error?.code == .notFound)
      let empty = await rpcError { try await suite.operators(Self.token).replay(.init()) }
      #expect(empty?.fieldViolations.map(\.field) == ["request_id"])
    }
  }

  @Test("traces stay within their memory and their time, the latest of an id counts")
  func bounds() async throws {
    try await run { suite in
      for number in 0..<6 { _ = try await suite.recommend { $0.requestID = "r\(number % 5)" } }
      let now = WallClock.system.nowMilliseconds
      let traces = suite.service.traces.latest(6, now: now)
      #expect(traces.map(\.requestID) == ["r0", "r4", "r3", "r2", "r1", "r0"])
      let bytes = traces.map(\.byteCount)
      #expect(bytes.allSatisfy { $0 > 10_000 && $0 < 200_000 })

      let store = TraceStore(
        TraceStore.Bounds(bytes: bytes.prefix(3).reduce(0, +), lifetime: .seconds(60)))
      for trace in traces.reversed() { store.insert(trace) }
      #expect(store.size.count == 3)
      #expect(store.size.bytes <= store.bounds.bytes)
      #expect(throws: RPCError.self) { try store.find("r1", now: now) }
      #expect(try store.find("r0", now: now).trace === traces[0])
      #expect(throws: RPCError.self) { try store.find("r0", now: now + 61_000) }
      #expect(store.latest(9, now: now + 61_000).isEmpty)

      let none = TraceStore(TraceStore.Bounds(bytes: 0))
      none.insert(traces[0])
      #expect(none.size.count == 0)
    }
  }

  @Test("leaving a trace costs a request less than ten microseconds")
  func cost() async throws {
    try await run { suite in
      _ = try await suite.recommend { $0.requestID = "r" }
      let trace = try suite.service.traces.find("r", now: WallClock.system.nowMilliseconds).trace
      let store = TraceStore(TraceStore.Bounds(bytes: trace.byteCount * 50))
      let rounds = 2_000
      // The time of this thread alone: a test machine does other things too.
      let start = ThreadClock.now
      for _ in 0..<rounds { store.insert(trace) }
      let each = (ThreadClock.now - start) / rounds
      #expect(each < .microseconds(10), "\(each) an insertion")
    }
  }
}
