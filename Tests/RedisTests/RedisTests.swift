import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Redis

struct RedisTests {
  private let server: RedisServer
  private let redis: Redis

  init() throws {
    server = try RedisServer()
    redis = try Redis(configuration: Self.configuration(server))
  }

  /// Of a client that is never too late, however busy the machine is.
  private static func configuration(_ server: RedisServer) throws -> RedisConfiguration {
    var configuration = try RedisConfiguration(url: server.url)
    configuration.timeout = .seconds(120)
    configuration.connectTimeout = .seconds(120)
    return configuration
  }

  @Test func commandsOfEachKindAnswerWhatTheyShould() async throws {
    let bytes: [UInt8] = [0, 255, 13, 10, 1]
    #expect(try await redis.get("none") == nil)
    #expect(try await redis.set("a", bytes))
    #expect(try await redis.get("a") == bytes)
    #expect(try await !redis.set("a", "other", onlyIfAbsent: true))
    #expect(try await redis.get(all: ["a", "none"]) == [bytes, nil])
    #expect(try await redis.increment("n", by: 41) == 41)
    #expect(try await redis.increment("n") == 42)
    #expect(try await redis.delete("a"))
    #expect(try await !redis.exists("a"))

    try await redis.hashSet("h", [("f", bytes), ("g", 7)])
    #expect(try await redis.hashGet("h", "f") == bytes)
    #expect(try await redis.hashGet("h", all: ["g", "none"]) == [Array("7".utf8), nil])
    #expect(try await redis.hashIncrement("h", "g") == 8)
    #expect(try await redis.hashGetAll("h") == [Array("f".utf8): bytes, Array("g".utf8): [56]])
    #expect(try await redis.hashDelete("h", "f"))

    #expect(try await redis.setAdd("s", ["x", "y", "x"]) == 2)
    #expect(try await redis.setContains("s", "x"))
    #expect(try await redis.setRemove("s", "x"))
    #expect(try await redis.setMembers("s") == [Array("y".utf8)])

    try await redis.sortedSetAdd("z", [(2.5, "b"), (1, "a"), (9_007_199_254_740_991, "c")])
    let best = try await redis.sortedSetRange("z", 0...0, descending: true)
    #expect(best.map(\.member) == [Array("c".utf8)] && best.map(\.score) == [9_007_199_254_740_991])
    #expect(try await redis.sortedSetRemove("z", "c"))
    #expect(try await redis.sortedSetRange("z", 0 ... -1 + 2).map(\.score) == [1, 2.5])
  }

  @Test func aKeyGoesAfterItsLifetime() async throws {
    let redis = redis
    func left(_ key: String) async throws -> Int64 {
      try await redis.send(RedisCommand("PTTL", key)).integer()
    }
    #expect(try await redis.set("long", "x", lifetime: .seconds(1_000)))
    #expect((500_000...1_000_000).contains(try await left("long")))
    #expect(try await redis.expire("long", after: .seconds(2_000)))
    #expect((1_500_000...2_000_000).contains(try await left("long")))
    #expect(try await redis.set("short", "x", lifetime: .milliseconds(1)))
    try await eventually { try await !redis.exists("short") }
    #expect(try await !redis.expire("short", after: .seconds(1)))
  }

  @Test func aHashIsScannedWhole() async throws {
    let fields = (0..<5_000).map { ("f\($0)" as any RedisArgument, $0 as any RedisArgument) }
    try await redis.hashSet("big", fields)
    var met: [[UInt8]: [UInt8]] = [:]
    try await redis.hashScan("big", pageSize: 100) { met[$0] = $1 }
    #expect(met.count == 5_000)
    #expect(met[Array("f4711".utf8)] == Array("4711".utf8))
  }

  @Test func aRefusalIsThrownWithItsKind() async throws {
    try await redis.set("text", "x")
    let error = await #expect(throws: RedisError.self) { try await redis.hashGet("text", "f") }
    #expect(error?.code == .refused && error?.kind == "WRONGTYPE")
    let answers = try await redis.sendAll([
      RedisCommand("GET", "text"), RedisCommand("HGET", "text", "f"),
      RedisCommand("MULTI"), RedisCommand("SET", "t", 1), RedisCommand("EXEC"),
    ])
    #expect(answers.count == 5 && answers[0] == .bytes([120]))
    guard case .error = answers[1] else { return #expect(Bool(false), "no refusal") }
    #expect(answers[4] == .array([.status("OK")]))
  }

  @Test func scriptsSurviveAFlushOfTheScripts() async throws {
    let script = RedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
    let wanted: (Int64) -> RedisValue = {
      .array([.bytes([107]), .bytes([0, 1]), .integer($0)])
    }
    #expect(try await redis.evaluate(script, keys: ["k"], [[0, 1] as [UInt8]]) == wanted(1))
    #expect(try await redis.evaluate(script, keys: ["k"], [[0, 1] as [UInt8]]) == wanted(2))
    try await redis.send(RedisCommand("SCRIPT", "FLUSH"))
    #expect(try await redis.evaluate(script, keys: ["k"], [[0, 1] as [UInt8]]) == wanted(3))
    let failing = RedisScript("return redis.error_reply('MINE no')")
    let error = await #expect(throws: RedisError.self) {
      try await redis.evaluate(failing, keys: [])
    }
    #expect(error?.kind == "MINE")
  }

  @Test func manyCallersShareThePipeline() async throws {
    let redis = redis
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<50 {
        group.addTask {
          for step in 0..<40 {
            try await redis.set("c\(caller)", step)
            #expect(try await redis.get("c\(caller)") == Array(String(step).utf8))
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(redis.outstandingCount == 0)
  }

  @Test func aFullQueueRefusesAndRecovers() async throws {
    var configuration = try Self.configuration(server)
    configuration.queueLimit = 10
    let redis = try Redis(configuration: configuration)
    try await redis.ping()
    server.freeze()
    let waiting = (0..<10).map { _ in Task { try await redis.ping() } }
    try await eventually { redis.outstandingCount == 10 }
    let error = await #expect(throws: RedisError.self) { try await redis.ping() }
    #expect(error?.code == .queueFull && error?.wasNotSent == true)
    server.thaw()
    for task in waiting { try await task.value }
    try await redis.ping()
    redis.close()
  }

  @Test func aCancelledCallerGoesOnAtOnce() async throws {
    try await redis.ping()
    server.freeze()
    let redis = redis
    let task = Task { try await redis.send(RedisCommand("INCR", "n"), timeout: .seconds(60)) }
    try await eventually { redis.outstandingCount == 1 }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    server.thaw()
    // Whether it had left by then or not, its answer goes to nobody else.
    let before = try await redis.get("n") == nil ? 0 : 1
    #expect(try await redis.increment("n") == Int64(before + 1))
  }
}
