import RPC
import SwiftProtobuf
import TestSupport
import Testing

extension TransportTests {
  @Suite struct DrainTests {
    @Test func aCallInFlightEndsAndANewOneIsRefused() async throws {
      let started = Signal<Void>()
      let mayEnd = Signal<Void>()
      let service = TestService.echoing { request, _ in
        if request.value == "slow" {
          started.send()
          try await mayEnd.next()
        }
        return request
      }
      var client = ChannelConfiguration()
      client.retry = nil
      let harness = try Harness([service], client: client)
      let slow = Task { try await harness.channel.call(TestService.echo, Text("slow")) }
      try await started.next()
      let stopped = Task { await Harness.stop(harness.server, grace: .seconds(30)) }
      // The drain has begun when new calls are refused.
      var code = StatusCode.ok
      while code == .ok {
        do {
          _ = try await harness.channel.call(TestService.echo, Text("new"))
        } catch let error as RPCError {
          code = error.code
        }
      }
      #expect(code == .unavailable)
      mayEnd.send()
      let reply = try await slow.value
      #expect(reply.value == "slow")
      await stopped.value
    }

    @Test func aCallThatADrainRefusesGoesToAnotherServer() async throws {
      var servers: [Server] = []
      for _ in 0..<2 {
        let server = try Server(services: [TestService.plain])
        try server.start()
        servers.append(server)
      }
      let target = "ipv4:" + servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
      let channel = try Channel(target: target)
      try await withThrowingTaskGroup(of: Void.self) { group in
        let isStopped = Guarded(false)
        for _ in 0..<8 {
          group.addTask {
            repeat {
              for _ in 0..<50 { _ = try await channel.call(TestService.echo, Text("")) }
            } while !isStopped.value
          }
        }
        await Harness.stop(servers[0])
        isStopped.update { $0 = true }
        try await group.waitForAll()
      }
      await Harness.stop(servers[1])
    }

    @Test func whatOutlivesTheGraceIsCancelled() async throws {
      let started = Signal<Void>()
      let cancelled = Signal<Void>()
      let service = TestService.echoing { request, _ in
        started.send()
        await waitForCancellation()
        cancelled.send()
        return request
      }
      var client = ChannelConfiguration()
      client.retry = nil
      let harness = try Harness([service], client: client)
      let slow = Task { try await harness.channel.call(TestService.echo, Text("")) }
      try await started.next()
      await Harness.stop(harness.server, grace: .milliseconds(50))
      try await cancelled.next()
      let error = try await failure { try await slow.value }
      #expect(error.code == .unavailable || error.code == .cancelled)
    }

    @Test func aStreamInFlightEndsInTheDrain() async throws {
      let started = Signal<Void>()
      let mayEnd = Signal<Void>()
      var service = ServiceDefinition(TestService.name)
      service.serverStreaming(TestService.count) { _, _, writer in
        try await writer.write(Number(1))
        started.send()
        try await mayEnd.next()
        try await writer.write(Number(2))
      }
      let harness = try Harness([service])
      let reader = Task {
        var numbers: [Int64] = []
        for try await number in try harness.channel.call(TestService.count, Number(0)) {
          numbers.append(number.value)
        }
        return numbers
      }
      try await started.next()
      let stopped = Task { await Harness.stop(harness.server, grace: .seconds(30)) }
      mayEnd.send()
      let numbers = try await reader.value
      #expect(numbers == [1, 2])
      await stopped.value
    }

    @Test func shuttingDownTwiceOrNeverStartedIsFine() async throws {
      let harness = try Harness([TestService.plain])
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<3 { group.addTask { await Harness.stop(harness.server) } }
      }
      await Harness.stop(harness.server)
      let idle = try Server(services: [TestService.plain])
      await Harness.stop(idle)
      #expect(idle.port == 0)
    }

    @Test func aServerDroppedWhileItServesGoesByItself() async {
      await #expect(processExitsWith: .success) {
        var harness: Harness? = try Harness([TestService.plain])
        _ = try await harness?.channel.call(TestService.echo, Text(""))
        harness = nil
        let isGone = await onThread { LiveHandles.awaitNone(.server, within: .seconds(180)) }
        #expect(isGone)
      }
    }
  }
}
