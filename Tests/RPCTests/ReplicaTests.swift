import RPC
import SwiftProtobuf
import TestSupport
import Testing

extension TransportTests {
  /// Several servers of one service, called through one channel.
  @Suite struct ReplicaTests {
    static let read = UnaryMethod<Text, Text>(
      service: TestService.name, name: "Echo", isRead: true)

    /// A server that answers with its name, as `body` lets it.
    private static func named(
      _ name: String, port: Int = 0, _ body: @escaping @Sendable () async throws -> Void = {}
    ) throws -> Server {
      let server = try Server(
        configuration: ServerConfiguration(host: "127.0.0.1", port: port),
        services: [
          TestService.echoing { _, _ in
            try await body()
            return Text(name)
          }
        ])
      try server.start()
      return server
    }

    private static func target(_ servers: [Server]) -> String {
      servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
    }

    private static func channel(
      _ servers: [Server], _ change: (inout ReplicaPolicy) -> Void = { _ in }
    ) throws -> (Channel, Guarded<[ReplicaEvent]>) {
      let events = Guarded<[ReplicaEvent]>([])
      var policy = ReplicaPolicy()
      policy.onEvent = { event in events.update { $0.append(event) } }
      change(&policy)
      var configuration = ChannelConfiguration()
      configuration.replicas = policy
      return (try Channel(target: target(servers), configuration: configuration), events)
    }

    private static func warm(_ channel: Channel, calls: Int = 120) async throws {
      for _ in 0..<calls { _ = try await channel.call(read, Text("")) }
    }

    @Test func aServerKilledUnderLoadLosesNoCallAndIsFoundAgain() async throws {
      let servers = [try Self.named("a"), try Self.named("b")]
      let port = servers[0].port
      let (channel, events) = try Self.channel(servers)
      try await Self.warm(channel)
      await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            for _ in 0..<200 { _ = try await channel.call(Self.read, Text("")) }
          }
        }
        group.addTask { await Harness.stop(servers[0], grace: .zero) }
        await #expect(throws: Never.self) { try await group.waitForAll() }
      }
      #expect(events.value.contains(.unreachable(target: "127.0.0.1:\(port)")))
      let again = try Self.named("a", port: port)
      var names: Set<String> = []
      try await eventually {
        names.insert(try await channel.call(Self.read, Text("")).value)
        return names.count == 2
      }
      #expect(names == ["a", "b"])
      #expect(events.value.contains(.restored(target: "127.0.0.1:\(port)")))
      await Harness.stop(again)
      await Harness.stop(servers[1])
    }

    @Test func aLateReadIsOvertakenByASecondCallAndCancelled() async throws {
      let isStuck = Guarded(false)
      let cancelled = Signal<Void>()
      let servers = [
        try Self.named("stuck") {
          guard isStuck.value else { return }
          await waitForCancellation()
          cancelled.send()
        }, try Self.named("quick"),
      ]
      let (channel, events) = try Self.channel(servers)
      try await Self.warm(channel)
      isStuck.update { $0 = true }
      // Two calls: one of them goes to the server that is stuck.
      for _ in 0..<2 {
        let reply = try await channel.call(
          Self.read, Text(""), options: CallOptions(timeout: .seconds(300)))
        #expect(reply.value == "quick")
      }
      #expect(events.value.contains(.hedged(path: Self.read.path)))
      #expect(events.value.contains(.hedgeWon(path: Self.read.path)))
      try await cancelled.next()
      for server in servers { await Harness.stop(server) }
    }

    @Test func onlyReadsAreHedged() async throws {
      let isStuck = Guarded(false)
      let isReached = Guarded(false)
      let servers = [
        try Self.named("stuck") {
          guard isStuck.value else { return }
          isReached.update { $0 = true }
          await waitForCancellation()
        }, try Self.named("quick"),
      ]
      let (channel, events) = try Self.channel(servers)
      for _ in 0..<120 { _ = try await channel.call(TestService.echo, Text("")) }
      isStuck.update { $0 = true }
      var codes: [StatusCode] = []
      while !isReached.value {
        do {
          _ = try await channel.call(
            TestService.echo, Text(""), options: CallOptions(timeout: .milliseconds(200)))
        } catch let error as RPCError {
          codes.append(error.code)
        }
      }
      #expect(codes.last == .deadlineExceeded)
      let hedges: [ReplicaEvent] = [
        .hedged(path: TestService.echo.path), .hedgeRefused(path: TestService.echo.path),
      ]
      #expect(hedges.allSatisfy { !events.value.contains($0) })
      for server in servers { await Harness.stop(server) }
    }

    @Test func secondCallsKeepWithinTheirBudget() async throws {
      let calls = Guarded(0)
      // How often it was decided on a second call, and how often it must have been before an answer goes out.
      let decisions = Watched(0)
      let awaited = Guarded(0)
      @Sendable func serve() async throws {
        calls.update { $0 += 1 }
        let count = awaited.value
        await decisions.wait { $0 >= count }
      }
      let servers = [try Self.named("a", serve), try Self.named("b", serve)]
      let (channel, events) = try Self.channel(servers) { policy in
        policy.hedging?.burst = 2
        policy.hedging?.budget = 0.05
        policy.onEvent = { [note = policy.onEvent] event in
          note?(event)
          switch event {
          case .hedged, .hedgeRefused: decisions.update { $0 += 1 }
          default: break
          }
        }
      }
      try await Self.warm(channel, calls: 200)
      let before = calls.value
      // All are late: none is answered before a second call was made or refused.
      for _ in 0..<40 {
        awaited.update { $0 = decisions.value + 1 }
        _ = try await channel.call(Self.read, Text(""))
      }
      let extra = calls.value - before - 40
      #expect(extra >= 1 && extra <= 4, "two saved up, and 5 % of 40")
      #expect(events.value.contains(.hedgeRefused(path: Self.read.path)))
      for server in servers { await Harness.stop(server) }
    }

    @Test func aReplicaThatFailsFarMoreThanItsSiblingsIsLeftOutAndComesBack() async throws {
      let isBroken = Guarded(true)
      let servers = [
        try Self.named("broken") {
          if isBroken.value { throw RPCError(.internalError, "bug") }
        }, try Self.named("a"), try Self.named("b"),
      ]
      let (channel, events) = try Self.channel(servers) {
        $0.outliers?.interval = .milliseconds(50)
        $0.outliers?.firstPause = .milliseconds(100)
        $0.outliers?.minimumCalls = 5
      }
      func isLeftOut() -> Bool {
        events.value.contains {
          if case .leftOut(_, .errors, _) = $0 { true } else { false }
        }
      }
      try await eventually {
        _ = try? await channel.call(Self.read, Text(""))
        return isLeftOut()
      }
      isBroken.update { $0 = false }
      var names: Set<String> = []
      try await eventually {
        if let name = try? await channel.call(Self.read, Text("")).value { names.insert(name) }
        return names.contains("broken")
      }
      #expect(events.value.contains(.restored(target: channel.replicas[0].target)))
      for server in servers { await Harness.stop(server) }
    }

    @Test func aServiceThatIsDownAsAWholeSaysSo() async throws {
      let servers = [try Self.named("a"), try Self.named("b")]
      let (channel, _) = try Self.channel(servers)
      try await Self.warm(channel, calls: 10)
      for server in servers { await Harness.stop(server) }
      for _ in 0..<20 {
        let error = try await failure { try await channel.call(Self.read, Text("")) }
        #expect(error.code == .unavailable)
      }
    }

    @Test func overloadIsNotTriedElsewhere() async throws {
      let calls = Guarded(0)
      @Sendable func refuse() throws {
        calls.update { $0 += 1 }
        throw RPCError.resourceExhausted("full", retryAfter: .milliseconds(50))
      }
      let servers = [try Self.named("a", refuse), try Self.named("b", refuse)]
      let (channel, _) = try Self.channel(servers)
      let error = try await failure { try await channel.call(Self.read, Text("")) }
      #expect(error.code == .resourceExhausted)
      #expect(error.retryDelay == .milliseconds(50))
      #expect(calls.value == 1)
      for server in servers { await Harness.stop(server) }
    }
  }
}
