import RPC
import SwiftProtobuf
import Testing

extension TransportTests {
  @Suite struct CancellationTests {
    @Test func aCancelledCallCancelsItsHandler() async throws {
      let started = Signal<Void>()
      let cancelled = Signal<Bool>()
      let service = TestService.echoing { request, context in
        started.send()
        await waitForCancellation()
        cancelled.send(context.isCancelled)
        return request
      }
      try await Harness.run([service]) { harness in
        let call = Task { try await harness.channel.call(TestService.echo, Text("")) }
        try await started.next()
        call.cancel()
        let error = try await failure { try await call.value }
        #expect(error.code == .cancelled)
        #expect(try await cancelled.next())
      }
    }

    @Test func aCancelledCallCancelsThoseItMade() async throws {
      let started = Signal<Void>()
      let cancelled = Signal<Void>()
      let back = TestService.echoing { request, _ in
        started.send()
        await waitForCancellation()
        cancelled.send()
        return request
      }
      try await Harness.run([back]) { second in
        let channel = second.channel
        let front = TestService.echoing { request, _ in
          try await channel.call(TestService.echo, request)
        }
        try await Harness.run([front]) { first in
          let call = Task { try await first.channel.call(TestService.echo, Text("")) }
          try await started.next()
          call.cancel()
          try await cancelled.next()
          #expect(try await failure { try await call.value }.code == .cancelled)
        }
      }
    }

    @Test func aTaskCancelledBeforeItCallsDoesNotReachTheServer() async throws {
      try await Harness.run([TestService.plain]) { harness in
        let call = Task {
          await waitForCancellation()
          return try await harness.channel.call(TestService.echo, Text(""))
        }
        call.cancel()
        let error = try await failure { try await call.value }
        #expect(error.code == .cancelled)
      }
    }

    @Test func aHandlerThatThrowsCancellationIsCancelled() async throws {
      let service = TestService.echoing { _, _ in throw CancellationError() }
      try await Harness.run([service]) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code == .cancelled)
      }
    }

    @Test func droppingAStreamCancelsItsHandler() async throws {
      let cancelled = Signal<Void>()
      var service = ServiceDefinition(TestService.name)
      service.serverStreaming(TestService.count) { _, _, writer in
        try await writer.write(Number(1))
        await waitForCancellation()
        cancelled.send()
      }
      try await Harness.run([service]) { harness in
        for try await number in try harness.channel.call(TestService.count, Number(9)) {
          #expect(number.value == 1)
          break
        }
        try await cancelled.next()
      }
    }

    @Test func cancellingTheReaderOfAStreamEndsIt() async throws {
      let cancelled = Signal<Void>()
      let read = Signal<Void>()
      var service = ServiceDefinition(TestService.name)
      service.serverStreaming(TestService.count) { _, _, writer in
        try await writer.write(Number(1))
        await waitForCancellation()
        cancelled.send()
      }
      try await Harness.run([service]) { harness in
        let reader = Task {
          for try await _ in try harness.channel.call(TestService.count, Number(9)) { read.send() }
        }
        try await read.next()
        reader.cancel()
        #expect(try await failure { try await reader.value }.code == .cancelled)
        try await cancelled.next()
      }
    }
  }
}
