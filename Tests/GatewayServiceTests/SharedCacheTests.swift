import Catalogue
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import Redis
import ServiceContracts
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

extension CacheConfiguration {
  /// Puts a test's server behind the cache.
  mutating func use(_ server: RedisServer) {
    var configuration = RedisConfiguration(address: .unix(path: server.socket))
    configuration.timeout = .milliseconds(500)
    configuration.backoff = .milliseconds(5)
    configuration.longestBackoff = .milliseconds(30)
    redis = configuration
  }
}

/// What gateways share through Redis, on a real server.
struct SharedCacheTests {
  private let server: RedisServer

  init() throws { server = try RedisServer() }

  private func run(_ body: (GatewayFixture) async throws -> Void) async throws {
    let server = server
    try await GatewayFixture.run {
      $0.cache.bytes = 1 << 20
      $0.cache.use(server)
    } _: {
      try await body($0)
    }
  }

  @Test func anotherGatewayGivesOutTheSlateAndAnEventEndsItEverywhere() async throws {
    let admin = try Redis(configuration: RedisConfiguration(url: server.url))
    try await run { a in
      let first = try await a.recommend { $0.count = 7 }
      try await eventually {
        try await admin.send(RedisCommand("KEYS", "recsys:slate:*")).array().count >= 2
      }
      try await run { b in
        let second = try await b.recommend { $0.count = 7 }
        #expect(second.fromCache && second.items == first.items)
        // The event is acknowledged by a's side; b reads the version from its own.
        let seen = ItemID(external: first.ids[0])
        for gateway in [a, b] { gateway.features.seen.withLock { $0.append(seen) } }
        for gateway in [a, b] {
          let next = try await gateway.recommend { $0.count = 7 }
          #expect(!next.ids.contains(first.ids[0]))
        }
      }
    }
    admin.close()
  }

  @Test func redisAwayLateOrEmptiedCostsItsHelpOnly() async throws {
    try await run { suite in
      #expect(try await !suite.recommend { $0.count = 7 }.fromCache)
      server.freeze()
      // Memory answers; a new request is made without waiting for Redis more than its time-out.
      #expect(try await suite.recommend { $0.count = 7 }.fromCache)
      let fresh = try await suite.recommend { $0.count = 8 }
      #expect(fresh.degraded.isEmpty && fresh.items.count == 8)
      server.kill()
      #expect(try await suite.recommend { $0.count = 9 }.degraded.isEmpty)
      #expect(try await suite.recommend { $0.count = 9 }.fromCache)
      try server.start()
      let admin = try Redis(configuration: RedisConfiguration(url: server.url))
      var count: UInt32 = 10
      // A new slate reaches it again.
      try await eventually {
        count += 1
        _ = try await suite.recommend { $0.count = count }
        return try await !admin.send(RedisCommand("KEYS", "recsys:slate:*")).array()
          .isEmpty
      }
      try await admin.send(RedisCommand("FLUSHALL"))
      #expect(try await suite.recommend { $0.count = 9 }.fromCache)
      admin.close()
    }
  }

  @Test func aColdGatewayHasThePopularListOfAnother() async throws {
    try await run { suite in
      let known = suite.service.popular.items(in: suite.catalogue.snapshot)
      let cold = PopularItems(
        client: CandidateClient(channel: try Channel(target: "127.0.0.1:1")),
        source: suite.configuration.policy.popularSource, count: 500,
        shared: suite.service.shared, logger: GatewayFixture.logger)
      #expect(cold.items(in: LiveCatalogue().snapshot) != known)
      // Its Candidates cannot be reached.
      await #expect(throws: (any Error).self) { try await cold.refresh(timeout: .seconds(1)) }
      #expect(cold.items(in: LiveCatalogue().snapshot) == known)
      #expect(!cold.isRefreshed)
    }
  }
}
