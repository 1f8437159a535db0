import RPC
import SwiftProtobuf
import Testing

private struct Named: ServerInterceptor {
  let name: String
  let seen: Guarded<[String]>

  func intercept(
    _ context: ServerContext, next: @Sendable () async throws -> Void
  ) async throws {
    seen.update { $0.append("\(name) in") }
    do {
      try await next()
      seen.update { $0.append("\(name) out") }
    } catch {
      seen.update { $0.append("\(name) \(error)") }
      throw error
    }
  }
}

private struct RequireToken: ServerInterceptor {
  func intercept(
    _ context: ServerContext, next: @Sendable () async throws -> Void
  ) async throws {
    guard context.metadata["x-token"] == "secret" else {
      throw RPCError(.unauthenticated, "A token is needed.")
    }
    try await next()
  }
}

private struct Forgetful: ServerInterceptor {
  func intercept(
    _ context: ServerContext, next: @Sendable () async throws -> Void
  ) async throws {}
}

private struct Watching: ClientInterceptor {
  let name: String
  let seen: Guarded<[String]>

  func willStart(_ call: inout OutboundCall) async throws {
    seen.update { $0.append("\(name) start") }
    call.options.metadata.append("x-token", "secret")
  }

  func didEnd(_ call: OutboundCall, error: RPCError?, elapsed: Duration) {
    seen.update { $0.append("\(name) end \(error.map(\.code.description) ?? "OK")") }
  }
}

private struct Refusing: ClientInterceptor {
  func willStart(_ call: inout OutboundCall) async throws {
    throw RPCError(.unavailable, "The breaker is open.")
  }
}

extension TransportTests {
  @Suite struct InterceptorTests {
    @Test func theFirstIsOutermostAndSeesTheError() async throws {
      let seen = Guarded<[String]>([])
      let service = TestService.echoing { request, _ in
        if request.value == "bad" { throw RPCError(.notFound, "nothing") }
        return request
      }
      let interceptors = [Named(name: "a", seen: seen), Named(name: "b", seen: seen)]
      try await Harness.run([service], interceptors: interceptors) { harness in
        let reply = try await harness.channel.call(TestService.echo, Text("good"))
        #expect(reply.value == "good")
        #expect(seen.value == ["a in", "b in", "b out", "a out"])
        seen.update { $0 = [] }
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text("bad"))
        }
        #expect(error.code == .notFound)
        #expect(seen.value == ["a in", "b in", "b NOT_FOUND: nothing", "a NOT_FOUND: nothing"])
      }
    }

    @Test func anInterceptorMayRefuse() async throws {
      try await Harness.run([TestService.plain], interceptors: [RequireToken()]) { harness in
        let channel = harness.channel
        let error = try await failure { try await channel.call(TestService.echo, Text("")) }
        #expect(error.code == .unauthenticated)
        let streamError = try await failure {
          for try await _ in try channel.call(TestService.count, Number(3)) {}
        }
        #expect(streamError.code == .unauthenticated)
        let options = CallOptions(metadata: ["x-token": "secret"])
        var count = 0
        for try await _ in try channel.call(TestService.count, Number(3), options: options) {
          count += 1
        }
        #expect(count == 3)
      }
    }

    @Test func anInterceptorThatForgetsToGoOnIsAnError() async throws {
      try await Harness.run([TestService.plain], interceptors: [Forgetful()]) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code == .internalError)
      }
    }

    @Test func theClientsInterceptorsSeeEachCallOnce() async throws {
      let seen = Guarded<[String]>([])
      let watching = [Watching(name: "a", seen: seen), Watching(name: "b", seen: seen)]
      try await Harness.run(
        [TestService.plain], interceptors: [RequireToken()], clientInterceptors: watching
      ) { harness in
        _ = try await harness.channel.call(TestService.echo, Text(""))
        let whole = ["a start", "b start", "b end OK", "a end OK"]
        #expect(seen.value == whole)
        for try await _ in try harness.channel.call(TestService.count, Number(3)) {}
        #expect(seen.value == whole + whole)
        _ = try await harness.channel.call(TestService.sum) { try await $0.write(Number(1)) }
        #expect(seen.value == whole + whole + whole)
        seen.update { $0 = [] }
        let unknown = UnaryMethod<Text, Text>(service: TestService.name, name: "Absent")
        _ = try await failure { try await harness.channel.call(unknown, Text("")) }
        #expect(seen.value.suffix(2) == ["b end UNIMPLEMENTED", "a end UNIMPLEMENTED"])
      }
    }

    @Test func aClientsInterceptorMayRefuse() async throws {
      try await Harness.run([TestService.plain], clientInterceptors: [Refusing()]) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.message == "The breaker is open.")
      }
    }
  }
}
