import Foundation
import RPC
import SwiftProtobuf
import Testing

extension TransportTests {
  @Suite struct UnaryTests {
    @Test func everyCallGetsItsOwnAnswer() async throws {
      try await Harness.run([TestService.plain]) { harness in
        try await withThrowingTaskGroup(of: Bool.self) { group in
          for index in 0..<500 {
            group.addTask {
              let text = Text("call \(index)")
              return try await harness.channel.call(TestService.echo, text) == text
            }
          }
          for try await isRight in group { #expect(isRight) }
        }
      }
    }

    @Test(arguments: [0, 1, 23, 24, 4096, 128 << 10, 8 << 20])
    func messagesOfAnySizePassUnchanged(size: Int) async throws {
      try await Harness.run([TestService.plain]) { harness in
        let bytes = Bytes(Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
        let reply = try await harness.channel.call(TestService.blob, bytes)
        #expect(reply == bytes)
      }
    }

    @Test func severalQueuesServe() async throws {
      var configuration = ServerConfiguration()
      configuration.completionQueues = 3
      try await Harness.run([TestService.plain], configuration: configuration) { harness in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<8 {
            let channel = try Channel(target: "127.0.0.1:\(harness.server.port)")
            group.addTask {
              for index in 0..<50 {
                let text = Text("\(index)")
                let reply = try await channel.call(TestService.echo, text)
                #expect(reply == text)
              }
            }
          }
          try await group.waitForAll()
        }
      }
    }

    @Test func aMethodThatTheServerLacksIsUnimplemented() async throws {
      try await Harness.run([TestService.plain]) { harness in
        let unknown = UnaryMethod<Text, Text>(service: TestService.name, name: "Absent")
        let error = try await failure { try await harness.channel.call(unknown, Text("")) }
        #expect(error.code == .unimplemented)
        #expect(try await harness.channel.call(TestService.echo, Text("on")).value == "on")
      }
    }

    @Test func bytesThatAreNoRequestAreTheCallersMistake() async throws {
      try await Harness.run([TestService.plain]) { harness in
        // Field 1 of a StringValue must be UTF-8.
        let method = UnaryMethod<Bytes, Bytes>(service: TestService.name, name: "Echo")
        let bad = Bytes(Data([0xFF, 0xFE, 0x80]))
        let error = try await failure { try await harness.channel.call(method, bad) }
        #expect(error.code == .invalidArgument)
        #expect(try await harness.channel.call(TestService.echo, Text("on")).value == "on")
      }
    }

    @Test func aRequestAboveTheLimitIsRefused() async throws {
      var configuration = ServerConfiguration()
      configuration.maxReceiveBytes = 1000
      try await Harness.run([TestService.plain], configuration: configuration) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.blob, Bytes(Data(count: 2000)))
        }
        #expect(error.code == .resourceExhausted)
        let fine = try await harness.channel.call(TestService.blob, Bytes(Data(count: 900)))
        #expect(fine.value.count == 900)
      }
    }

    @Test func aResponseAboveTheServersLimitIsRefused() async throws {
      var configuration = ServerConfiguration()
      configuration.maxSendBytes = 1000
      try await Harness.run([TestService.plain], configuration: configuration) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.blob, Bytes(Data(count: 2000)))
        }
        #expect(error.code == .resourceExhausted)
      }
    }

    @Test func aResponseAboveTheClientsLimitIsRefused() async throws {
      var client = ChannelConfiguration()
      client.maxReceiveBytes = 1000
      try await Harness.run([TestService.plain], client: client) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.blob, Bytes(Data(count: 2000)))
        }
        #expect(error.code == .resourceExhausted)
      }
    }

    @Test func aHandlerMayWaitOnOtherThreads() async throws {
      let service = TestService.echoing { request, _ in
        await withCheckedContinuation { continuation in
          Thread.detachNewThread { continuation.resume() }
        }
        async let left = String(request.value.prefix(1))
        async let right = String(request.value.dropFirst())
        return Text(await left + "-" + right)
      }
      try await Harness.run([service]) { harness in
        let reply = try await harness.channel.call(TestService.echo, Text("abc"))
        #expect(reply.value == "a-bc")
      }
    }

    @Test func aServerNobodyListensAtIsUnavailable() async throws {
      let channel = try Channel(target: "127.0.0.1:1")
      let error = try await failure { try await channel.call(TestService.echo, Text("")) }
      #expect(error.code == .unavailable)
    }

    @Test func aSecondServerOnAPortIsRefused() async throws {
      try await Harness.run([TestService.plain]) { harness in
        let configuration = ServerConfiguration(host: "127.0.0.1", port: harness.server.port)
        let second = try Server(configuration: configuration, services: [TestService.plain])
        #expect(throws: RPCError.self) { try second.start() }
        #expect(second.port == 0)
      }
    }

    @Test func aMethodGivenTwiceIsRefused() throws {
      #expect(throws: RPCError.self) {
        try Server(services: [TestService.plain, TestService.plain])
      }
    }
  }
}
