import RPC
import SwiftProtobuf
import Testing

extension TransportTests {
  @Suite struct MetadataTests {
    @Test func headersAndTrailersPassBothWays() async throws {
      let service = TestService.echoing { _, context in
        let binary = context.metadata[bytes: "trace-bin"] ?? []
        try context.setInitialMetadata(["x-first": "1"])
        var trailers: Metadata = ["x-last": context.metadata["x-token"] ?? "none"]
        trailers.append("reverse-bin", bytes: binary.reversed())
        try context.setTrailingMetadata(trailers)
        return Text(context.metadata.values("x-many").joined(separator: ","))
      }
      try await Harness.run([service]) { harness in
        var metadata: Metadata = ["X-Token": "abc", "x-many": "1", "x-many": "2"]
        metadata.append("trace-bin", bytes: [0, 1, 255, 10])
        let reply = try await harness.channel.callWithMetadata(
          TestService.echo, Text(""), options: CallOptions(metadata: metadata))
        #expect(reply.message.value.split(separator: ",").sorted() == ["1", "2"])
        #expect(reply.initialMetadata["x-first"] == "1")
        #expect(reply.trailingMetadata["x-last"] == "abc")
        #expect(reply.trailingMetadata[bytes: "reverse-bin"] == [10, 255, 1, 0])
      }
    }

    @Test func anEmptyValuePasses() async throws {
      let service = TestService.echoing { _, context in
        Text(context.metadata["x-empty"].map { "<\($0)>" } ?? "absent")
      }
      try await Harness.run([service]) { harness in
        let options = CallOptions(metadata: ["x-empty": ""])
        let reply = try await harness.channel.call(TestService.echo, Text(""), options: options)
        #expect(reply.value == "<>")
      }
    }

    // gRPC ends the process on some of these, so they must not reach it.
    @Test(
      arguments: [
        ("", "v"), ("sp ace", "v"), (":path", "/x"), ("grpc-status", "0"), ("x-a", "line\nbreak"),
        ("x-a", "ü"),
      ])
    func illegalPairsAreRefused(key: String, value: String) async throws {
      let service = TestService.echoing { request, context in
        #expect(throws: RPCError.self) { try context.setInitialMetadata([key: value]) }
        #expect(throws: RPCError.self) { try context.setTrailingMetadata([key: value]) }
        return request
      }
      try await Harness.run([service]) { harness in
        let options = CallOptions(metadata: [key: value])
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""), options: options)
        }
        #expect(error.code == .invalidArgument)
        #expect(try await harness.channel.call(TestService.echo, Text("on")).value == "on")
      }
    }

    @Test func theContextKnowsItsCall() async throws {
      let service = TestService.echoing { _, context in
        #expect(ServerContext.current?.path == context.path)
        #expect(context.deadline == nil)
        #expect(context.peerIdentity.isEmpty)
        return Text("\(context.path) \(context.peer)")
      }
      try await Harness.run([service]) { harness in
        let reply = try await harness.channel.call(TestService.echo, Text(""))
        #expect(reply.value.hasPrefix("/test.v1.TestService/Echo ipv4:127.0.0.1:"))
      }
    }

    @Test func aSetterReplacesEveryValueOfAKey() {
      var metadata: Metadata = ["a": "1", "A": "2", "b": "3"]
      #expect(metadata.values("a") == ["1", "2"])
      metadata["a"] = "4"
      #expect(metadata.values("A") == ["4"])
      metadata["b"] = nil
      #expect(metadata.map(\.key) == ["a"])
    }
  }
}
