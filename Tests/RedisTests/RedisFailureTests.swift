import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Redis

/// A server that is away, silent, or lets nobody in.
@Suite struct RedisFailureTests {
  /// A client of which the test hears what happens.
  private static func client(
    _ server: RedisServer, _ change: (inout RedisConfiguration) -> Void = { _ in }
  ) throws -> (Redis, AsyncStream<RedisEvent>.Iterator) {
    var configuration = try RedisConfiguration(url: server.url)
    configuration.timeout = .seconds(120)
    configuration.connectTimeout = .seconds(120)
    configuration.backoff = .milliseconds(5)
    configuration.longestBackoff = .milliseconds(20)
    change(&configuration)
    let (stream, continuation) = AsyncStream.makeStream(of: RedisEvent.self)
    let redis = try Redis(configuration: configuration) { continuation.yield($0) }
    return (redis, stream.makeAsyncIterator())
  }

  /// A command that does not wait long.
  private static func hasty(_ redis: Redis) async throws {
    try await redis.send(RedisCommand("PING"), timeout: .milliseconds(50))
  }

  @Test func aKilledServerIsFoundAgain() async throws {
    let server = try RedisServer(isDurable: true)
    var (redis, events) = try Self.client(server)
    try await redis.set("a", 1)
    #expect(await events.next() == .connected)
    server.kill()
    guard case .lost = await events.next() else { return #expect(Bool(false), "no word of it") }
    let error = await #expect(throws: RedisError.self) { try await redis.get("a") }
    // At once, not after the time-out.
    #expect(error?.code == .notConnected && error?.isUnavailable == true)
    try server.start()
    #expect(await events.next() == .connected)
    #expect(try await redis.get("a") == Array("1".utf8))
    redis.close()
  }

  @Test func aSilentServerCostsOneTimeOutAndIsHeardAgain() async throws {
    let server = try RedisServer()
    var (redis, events) = try Self.client(server)
    try await redis.ping()
    #expect(await events.next() == .connected)
    server.freeze()
    let error = await #expect(throws: RedisError.self) { try await Self.hasty(redis) }
    #expect(error?.code == .timedOut)
    #expect(await events.next() == .stalled)
    // At once, not after the time-out.
    let next = await #expect(throws: RedisError.self) { try await redis.ping() }
    #expect(next?.code == .notConnected)
    server.thaw()
    // Its late answer opens the door again: on the same connection.
    try await eventually { redis.isOpen }
    try await redis.ping()
    redis.close()
  }

  @Test func aServerSilentForLongIsConnectedAnew() async throws {
    let server = try RedisServer()
    var (redis, events) = try Self.client(server) { $0.connectTimeout = .seconds(1) }
    try await redis.ping()
    #expect(await events.next() == .connected)
    server.freeze()
    await #expect(throws: RedisError.self) { try await Self.hasty(redis) }
    #expect(await events.next() == .stalled)
    guard case .lost = await events.next() else { return #expect(Bool(false), "not given up") }
    server.thaw()
    #expect(await events.next() == .connected)
    try await redis.ping()
    redis.close()
  }

  @Test func nobodyThere() async throws {
    var configuration = RedisConfiguration(address: .unix(path: "/nowhere/at/all"))
    configuration.backoff = .milliseconds(1)
    configuration.longestBackoff = .milliseconds(2)
    let redis = try Redis(configuration: configuration)
    let error = await #expect(throws: RedisError.self) { try await redis.ping() }
    #expect(error?.code == .notConnected)
    redis.close()
    let closed = await #expect(throws: RedisError.self) { try await redis.ping() }
    #expect(closed?.code == .closed)
  }

  @Test func passwordsAndDatabases() async throws {
    let server = try RedisServer(arguments: ["--requirepass", "open sesame"])
    var wrong = try RedisConfiguration(url: server.url)
    wrong.password = "wrong"
    let stranger = try Redis(configuration: wrong)
    let error = await #expect(throws: RedisError.self) { try await stranger.ping() }
    #expect(error?.message.contains("WRONGPASS") == true)
    stranger.close()
    let address = server.url.dropFirst("unix://".count)
    let first = try Redis(
      configuration: RedisConfiguration(url: "unix://:open%20sesame@\(address)?0"))
    let second = try Redis(
      configuration: RedisConfiguration(url: "unix://default:open%20sesame@\(address)?3"))
    try await first.set("k", "zero")
    #expect(try await second.get("k") == nil)
    try await second.set("k", "three")
    #expect(try await first.get("k") == Array("zero".utf8))
    first.close()
    second.close()
  }

  @Test func nothingIsLeftBehind() async {
    // In a process of its own: the count is the process's.
    await #expect(processExitsWith: .success) {
      let server = try RedisServer()
      for round in 0..<200 {
        let redis = try Redis(configuration: RedisConfiguration(url: server.url))
        if round % 2 == 0 { try await redis.set("k", round) }
        if round % 3 == 0 { redis.close() }
      }
      // Threads of clients that were only let go end by themselves.
      try await eventually { LiveHandles.count == 0 }
    }
  }
}
