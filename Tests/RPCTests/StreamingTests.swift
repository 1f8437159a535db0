import Foundation
import RPC
import SwiftProtobuf
import Testing

extension TransportTests {
  @Suite struct StreamingTests {
    @Test(arguments: [0, 1, 1000]) func responsesComeInOrder(count: Int64) async throws {
      try await Harness.run([TestService.plain]) { harness in
        var expected: Int64 = 0
        for try await number in try harness.channel.call(TestService.count, Number(count)) {
          #expect(number.value == expected)
          expected += 1
        }
        #expect(expected == count)
      }
    }

    @Test(arguments: [0, 1, 1000]) func requestsComeInOrderAndAllOfThem(count: Int64) async throws {
      try await Harness.run([TestService.plain]) { harness in
        let sum = try await harness.channel.call(TestService.sum) { writer in
          for number in 0..<count { try await writer.write(Number(number)) }
        }
        #expect(sum.value == count * (count - 1) / 2)
      }
    }

    @Test func aSlowReaderHoldsTheWriterBack() async throws {
      let written = Guarded(0)
      let blobs = ServerStreamingMethod<Number, Bytes>(service: "test.Blobs", name: "Blobs")
      var service = ServiceDefinition("test.Blobs")
      let count = 800
      service.serverStreaming(blobs) { _, _, writer in
        for _ in 0..<count {
          try await writer.write(Bytes(Data(count: 64 << 10)))
          written.update { $0 += 1 }
        }
      }
      try await Harness.run([service]) { harness in
        var read = 0
        var largestLead = 0
        for try await _ in try harness.channel.call(blobs, Number(0)) {
          read += 1
          largestLead = max(largestLead, written.value - read)
          // Each read gives the writer the chance to run ahead as far as it may.
          for _ in 0..<20 { await Task.yield() }
        }
        #expect(read == count)
        // 50 MB in all, of which the connection's window holds 16 at most; without back-pressure the lead would
        // come near 800.
        #expect(largestLead < 500)
      }
    }

    @Test func aSlowReaderOfRequestsHoldsTheClientBack() async throws {
      let blobs = ClientStreamingMethod<Bytes, Number>(service: "test.Blobs", name: "Blobs")
      let mayRead = Signal<Void>()
      let written = Guarded(0)
      var service = ServiceDefinition("test.Blobs")
      service.clientStreaming(blobs) { requests, _ in
        try await mayRead.next()
        var count: Int64 = 0
        for try await _ in requests { count += 1 }
        return Number(count)
      }
      try await Harness.run([service, TestService.plain]) { harness in
        let call = Task {
          try await harness.channel.call(blobs) { writer in
            for _ in 0..<800 {
              try await writer.write(Bytes(Data(count: 64 << 10)))
              written.update { $0 += 1 }
            }
          }
        }
        // Nobody reads, so the writer stands still, far from the end: it would be there long before so many other
        // calls have been answered.
        for _ in 0..<800 { _ = try await harness.channel.call(TestService.echo, Text("")) }
        #expect(written.value < 500)
        mayRead.send()
        #expect(try await call.value.value == 800)
      }
    }

    @Test func anErrorAfterSomeResponsesComesAfterThem() async throws {
      var service = ServiceDefinition(TestService.name)
      service.serverStreaming(TestService.count) { _, _, writer in
        try await writer.write(Number(1))
        try await writer.write(Number(2))
        throw RPCError.invalidArgument(field: "value", "is no longer liked")
      }
      try await Harness.run([service]) { harness in
        let seen = Guarded<[Int64]>([])
        let error = try await failure {
          for try await number in try harness.channel.call(TestService.count, Number(9)) {
            seen.update { $0.append(number.value) }
          }
        }
        #expect(seen.value == [1, 2])
        #expect(error.code == .invalidArgument)
        #expect(error.fieldViolations.count == 1)
      }
    }

    @Test func aServerMayEndAClientStreamEarly() async throws {
      var service = ServiceDefinition(TestService.name)
      service.clientStreaming(TestService.sum) { requests, _ in
        for try await request in requests where request.value == 3 {
          throw RPCError.resourceExhausted("enough", retryAfter: .seconds(1))
        }
        return Number(0)
      }
      try await Harness.run([service]) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.sum) { writer in
            for number in 0..<Int64.max { try await writer.write(Number(number)) }
          }
        }
        #expect(error.code == .resourceExhausted)
        #expect(error.retryDelay == .seconds(1))
      }
    }

    @Test func aServerMayAnswerBeforeItHasReadAll() async throws {
      var service = ServiceDefinition(TestService.name)
      service.clientStreaming(TestService.sum) { requests, _ in
        for try await request in requests { return request }
        return Number(-1)
      }
      try await Harness.run([service]) { harness in
        let first = try await harness.channel.call(TestService.sum) { writer in
          for number in 7..<Int64.max { try await writer.write(Number(number)) }
        }
        #expect(first.value == 7)
      }
    }

    @Test func aClientThatGivesUpIsNotMistakenForOneThatIsDone() async throws {
      struct GivenUp: Error {}
      let result = Signal<StatusCode>()
      let received = Signal<Void>()
      var service = ServiceDefinition(TestService.name)
      service.clientStreaming(TestService.sum) { requests, _ in
        do {
          for try await _ in requests { received.send() }
          result.send(.ok)
        } catch let error as RPCError {
          result.send(error.code)
          throw error
        }
        return Number(0)
      }
      try await Harness.run([service]) { harness in
        await #expect(throws: GivenUp.self) {
          try await harness.channel.call(TestService.sum) { writer in
            try await writer.write(Number(1))
            try await received.next()
            throw GivenUp()
          }
        }
        let code = try await result.next()
        #expect(code == .cancelled)
      }
    }

    @Test func bytesThatAreNoRequestEndAClientStream() async throws {
      let texts = ClientStreamingMethod<Text, Text>(service: "test.Texts", name: "Texts")
      let blobs = ClientStreamingMethod<Bytes, Text>(service: "test.Texts", name: "Texts")
      var service = ServiceDefinition("test.Texts")
      service.clientStreaming(texts) { requests, _ in
        for try await _ in requests {}
        return Text("all read")
      }
      try await Harness.run([service]) { harness in
        let error = try await failure {
          try await harness.channel.call(blobs) { writer in
            try await writer.write(Bytes(Data([0xFF])))
          }
        }
        #expect(error.code == .invalidArgument)
      }
    }

    @Test func twoWritesAtOnceAreRefusedNotFatal() async throws {
      let blobs = ServerStreamingMethod<Number, Bytes>(service: "test.Blobs", name: "Blobs")
      let refused = Signal<Int>()
      var service = ServiceDefinition("test.Blobs")
      service.serverStreaming(blobs) { _, _, writer in
        let failures = await withTaskGroup(of: Bool.self) { group in
          for _ in 0..<8 {
            group.addTask {
              do { try await writer.write(Bytes(Data(count: 1 << 20))) } catch { return true }
              return false
            }
          }
          return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        refused.send(failures)
      }
      try await Harness.run([service]) { harness in
        var count = 0
        for try await _ in try harness.channel.call(blobs, Number(0)) { count += 1 }
        #expect(try await refused.next() + count == 8)
        #expect(count >= 1)
      }
    }
  }
}
