import RPC
import SwiftProtobuf
import Testing

extension TransportTests {
  @Suite struct BalancingTests {
    private static func named(_ name: String) throws -> Server {
      let server = try Server(services: [TestService.echoing { _, _ in Text(name) }])
      try server.start()
      return server
    }

    @Test func callsGoRoundTheServersAndPastADeadOne() async throws {
      let servers = [try Self.named("a"), try Self.named("b")]
      let target = "ipv4:" + servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
      let channel = try Channel(target: target)
      // The first calls may leave before both are connected.
      var seen: Set<String> = []
      while seen.count < 2 {
        seen.insert(try await channel.call(TestService.echo, Text("")).value)
      }
      var counts: [String: Int] = [:]
      for _ in 0..<100 {
        counts[try await channel.call(TestService.echo, Text("")).value, default: 0] += 1
      }
      #expect(counts == ["a": 50, "b": 50])

      await Harness.stop(servers[0])
      for _ in 0..<100 {
        let reply = try await channel.call(TestService.echo, Text(""))
        #expect(reply.value == "b")
      }
      await Harness.stop(servers[1])
    }

    @Test func aNameIsResolved() async throws {
      try await Harness.run([TestService.plain]) { harness in
        let channel = try Channel(target: "dns:///localhost:\(harness.server.port)")
        let reply = try await channel.call(TestService.echo, Text("by name"))
        #expect(reply.value == "by name")
      }
    }

    @Test func aServerThatComesBackIsFound() async throws {
      let first = try Self.named("first")
      let port = first.port
      let channel = try Channel(target: "127.0.0.1:\(port)")
      #expect(try await channel.call(TestService.echo, Text("")).value == "first")
      await Harness.stop(first)
      let second = try Server(
        configuration: ServerConfiguration(host: "127.0.0.1", port: port),
        services: [TestService.echoing { _, _ in Text("second") }])
      try second.start()
      let options = CallOptions(timeout: .seconds(300), waitForReady: true)
      let reply = try await channel.call(TestService.echo, Text(""), options: options)
      #expect(reply.value == "second")
      await Harness.stop(second)
    }

    @Test func unavailableIsTriedAgain() async throws {
      let calls = Guarded(0)
      let service = TestService.echoing { request, _ in
        calls.update { $0 += 1 }
        if calls.value < 3 { throw RPCError(.unavailable, "not yet") }
        return request
      }
      try await Harness.run([service]) { harness in
        let reply = try await harness.channel.call(TestService.echo, Text("third"))
        #expect(reply.value == "third")
        #expect(calls.value == 3)
      }
    }

    @Test func otherErrorsAreNotTriedAgain() async throws {
      let calls = Guarded(0)
      let service = TestService.echoing { _, _ in
        calls.update { $0 += 1 }
        throw RPCError(.resourceExhausted, "full")
      }
      try await Harness.run([service]) { harness in
        _ = try await failure { try await harness.channel.call(TestService.echo, Text("")) }
        #expect(calls.value == 1)
      }
    }

    @Test func aServerThatStaysDownIsNotFloodedWithRetries() async throws {
      let calls = Guarded(0)
      let service = TestService.echoing { _, _ in
        calls.update { $0 += 1 }
        throw RPCError(.unavailable, "down")
      }
      var client = ChannelConfiguration()
      client.retry?.maxTokens = 10
      client.retry?.initialBackoff = .milliseconds(1)
      try await Harness.run([service], client: client) { harness in
        for _ in 0..<50 {
          _ = try await failure { try await harness.channel.call(TestService.echo, Text("")) }
        }
        // 50 calls; without the bucket there would be 150 attempts.
        #expect(calls.value >= 50 && calls.value <= 56)
      }
    }

    @Test func withoutAPolicyNothingIsTriedAgain() async throws {
      let calls = Guarded(0)
      let service = TestService.echoing { _, _ in
        calls.update { $0 += 1 }
        throw RPCError(.unavailable, "down")
      }
      var client = ChannelConfiguration()
      client.retry = nil
      client.loadBalancing = .pickFirst
      try await Harness.run([service], client: client) { harness in
        _ = try await failure { try await harness.channel.call(TestService.echo, Text("")) }
        #expect(calls.value == 1)
      }
    }
  }
}
