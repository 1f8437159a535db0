import BusinessRules
import Catalogue
import Foundation
import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

/// Traces on disk, which outlive their gateway.
struct TraceLogTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory("traces") }

  private func configure(_ configuration: inout GatewayConfiguration) {
    configuration.operatorToken = "word"
    configuration.traceLog.path = folder.path("log")
    configuration.cursorKeyPath = folder.path("cursor.key")
  }

  private func replay(
    _ suite: GatewayFixture, _ requestID: String
  ) async throws -> Recsys_Gateway_V1_ReplayResponse {
    try await suite.operators("word").replay(
      .with { $0.requestID = requestID }, options: CallOptions(timeout: .seconds(10)))
  }

  @Test("every kind of answer is replayed by the next gateway, byte for byte")
  func restart() async throws {
    var sent: [Recsys_Gateway_V1_RecommendResponse] = []
    let rules = RulesFile(path: folder.path("rules.yaml"))
    func configureAll(_ configuration: inout GatewayConfiguration) {
      configure(&configuration)
      configuration.rulesPath = rules.path
      configuration.policy.exploration.share = 1
    }
    try await GatewayFixture.run(configure: configureAll) { suite in
      sent.append(try await suite.recommend { $0.explain = .full })
      sent.append(
        try await suite.recommend {
          $0.explain = .full
          $0.cursor = sent[0].nextCursor
        })
      sent.append(
        try await suite.recommend {
          $0.subject.session.recentItemIds = ["item-3", "item-9"]
          $0.diversity.strength = 0.4
          $0.diversity.maxPerCategory = 4
          $0.diversity.popularityPenalty = 0.5
        })
      _ = try await suite.operators("word").setRules(
        .with {
          $0.rules.rules = [
            .with {
              $0.id = "hero"
              $0.kind = .pin
              $0.items.allowItemIds = ["item-8"]
              $0.slot = 2
            }
          ]
        })
      sent.append(try await suite.recommend { $0.filter.noneCategories = ["Third 1"] })
      suite.ranking.service.set(.fails(RPCError(.unavailable, "down")), for: "rank")
      sent.append(try await suite.recommend { $0.count = 30 })
      suite.service.traceLog?.close()
    }
    #expect(sent[3].items[1].ruleIds == ["hero"] && !sent[4].degraded.isEmpty)
    try await GatewayFixture.run(configure: configureAll) { suite in
      // Another ranker with other tastes, another past, no rules.
      suite.ranking.model.withLock { $0 = 2 }
      suite.features.seen.withLock { $0 = World.items.prefix(20).map(\.id) }
      let asked = suite.candidates.requests.count
      for response in sent {
        let answer = try await replay(suite, response.requestID)
        #expect(answer.identical, "\(answer.difference)")
        let isEqual = answer.response.items == response.items
        #expect(isEqual && answer.response.versions == response.versions)
      }
      #expect(suite.candidates.requests.count == asked, "a replay asks nobody")
      let why = try await suite.client.whyItem(
        .with {
          $0.requestID = sent[0].requestID
          $0.itemID = sent[0].items[4].itemID
        }, options: CallOptions(metadata: OperatorClient.credentials("word")))
      #expect(why.inSlate && why.text == "5th in the slate")
      #expect(why.score == sent[0].items[4].score && why.reason == sent[0].items[4].reason)
      // What the catalogue has lost since shows.
      try suite.catalogue.apply(
        upserts: [], deletes: [ItemID(external: sent[0].ids[0])], sequence: 8)
      let changed = try await replay(suite, sent[0].requestID)
      #expect(!changed.identical && changed.difference.hasPrefix("place 1: "))
      let error = await rpcError {
        try await suite.client.whyItem(
          .with {
            $0.requestID = sent[0].requestID
            $0.itemID = sent[0].items[4].itemID
          }, options: CallOptions(metadata: OperatorClient.credentials("word")))
      }
      #expect(error?.code == .failedPrecondition)
      let missing = await rpcError { try await replay(suite, "never") }
      #expect(missing?.code == .notFound)
      suite.service.traceLog?.close()
    }
  }

  @Test("an answer from the cache is found by the next gateway too")
  func cached() async throws {
    var first = Recsys_Gateway_V1_RecommendResponse()
    func configureAll(_ configuration: inout GatewayConfiguration) {
      configure(&configuration)
      configuration.cache.bytes = 1 << 20
    }
    try await GatewayFixture.run(configure: configureAll) { suite in
      first = try await suite.recommend { $0.count = 7 }
      let again = try await suite.recommend {
        $0.count = 7
        $0.requestID = "again"
      }
      #expect(again.fromCache)
      suite.service.traceLog?.close()
    }
    try await GatewayFixture.run(configure: configureAll) { suite in
      let answer = try await replay(suite, "again")
      #expect(answer.identical && answer.originRequestID == first.requestID)
      #expect(answer.response.requestID == "again")
      suite.service.traceLog?.close()
    }
  }

  @Test("the log stays within its bytes and its time, and passes over what was half written")
  func bounds() async throws {
    try await GatewayFixture.run { suite in
      let response = try await suite.recommend { $0.requestID = "r" }
      let now = WallClock.system.nowMilliseconds
      let trace = try suite.service.traces.find(response.requestID, now: now).trace
      let size = try Recsys_Gateway_Storage_V1_Trace(trace).serializedBytes() as [UInt8]
      let bounds = TraceLog.Bounds(
        path: folder.path("bounded"), bytes: size.count * 40, lifetime: .seconds(60))
      func name(_ number: Int) -> CachedAnswer {
        CachedAnswer(requestID: "n\(number)", originID: "r", answeredMilliseconds: now)
      }
      func isKnown(_ log: TraceLog, _ id: String, at time: Int64 = now) throws -> Bool {
        try log.find(id, now: time) != nil
      }
      var log = try TraceLog(bounds, logger: GatewayFixture.logger)
      #expect(throws: GatewayError.self) { try TraceLog(bounds, logger: GatewayFixture.logger) }
      for number in 0..<100 {
        log.insert(name(number))
        log.insert(trace)
      }
      log.close()
      #expect(log.byteCount <= bounds.bytes + size.count)
      #expect(try isKnown(log, "r") && !isKnown(log, "n0") && isKnown(log, "n99"))
      #expect(try !isKnown(log, "r", at: now + 61_000))
      let count = log.count

      // Killed in the middle of a record.
      let path = try #require(
        FileManager.default.contentsOfDirectory(atPath: bounds.path)
          .filter { TraceSegment.number(of: $0) != nil }.max())
      let file = try #require(FileHandle(forUpdatingAtPath: "\(bounds.path)/\(path)"))
      try file.truncate(atOffset: file.seekToEndOfFile() - 10)
      try file.close()
      log = try TraceLog(bounds, logger: GatewayFixture.logger)
      #expect(log.count <= count && log.count > 0)
      #expect(try isKnown(log, "n99"), "the record before the broken one")
      log.insert(name(1_000))
      log.close()
      log = try TraceLog(bounds, logger: GatewayFixture.logger)
      #expect(try isKnown(log, "n1000"))
      log.close()
    }
  }
}
