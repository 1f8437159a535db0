import RPC
import SwiftProtobuf
import Testing

extension TransportTests {
  @Suite struct DeadlineTests {
    @Test func aLateAnswerIsDeadlineExceededAndTheHandlerIsCancelled() async throws {
      let cancelled = Signal<Bool>()
      let service = TestService.echoing { request, context in
        if request.value != "hello" {
          await waitForCancellation()
          cancelled.send(Task.isCancelled)
        }
        return request
      }
      try await Harness.run([service]) { harness in
        _ = try await harness.channel.call(TestService.echo, Text("hello"))
        let error = try await failure {
          try await harness.channel.call(
            TestService.echo, Text(""), options: CallOptions(timeout: .milliseconds(200)))
        }
        #expect(error.code == .deadlineExceeded)
        #expect(try await cancelled.next())
      }
    }

    @Test func whatIsLeftReachesTheSecondHop() async throws {
      let seen = Signal<Duration?>()
      let back = TestService.echoing { request, context in
        seen.send(context.timeRemaining)
        return request
      }
      try await Harness.run([back]) { second in
        let channel = second.channel
        let front = TestService.echoing { request, _ in
          // Its own timeout is longer: what is left of the inbound call must win.
          try await channel.call(
            TestService.echo, request, options: CallOptions(timeout: .seconds(6_000)))
        }
        try await Harness.run([front]) { first in
          _ = try await first.channel.call(
            TestService.echo, Text(""), options: CallOptions(timeout: .seconds(500)))
          let left = try #require(try await seen.next())
          // The wire rounds a timeout up, by less than one in a hundred.
          #expect(left <= .seconds(510) && left > .seconds(300))
        }
      }
    }

    @Test func aShorterTimeoutOfTheSecondHopWins() async throws {
      let back = TestService.echoing { request, _ in
        await waitForCancellation()
        return request
      }
      try await Harness.run([back]) { second in
        let channel = second.channel
        let front = TestService.echoing { request, _ in
          try await channel.call(
            TestService.echo, request, options: CallOptions(timeout: .milliseconds(50)))
        }
        try await Harness.run([front]) { first in
          let error = try await failure {
            try await first.channel.call(
              TestService.echo, Text(""), options: CallOptions(timeout: .seconds(300)))
          }
          #expect(error.code == .deadlineExceeded)
        }
      }
    }

    @Test func theFirstHopsDeadlineEndsTheSecondHopsHandler() async throws {
      let isReached = Guarded(false)
      let ended = Signal<Void>()
      let back = TestService.echoing { request, _ in
        isReached.update { $0 = true }
        await waitForCancellation()
        ended.send()
        return request
      }
      try await Harness.run([back]) { second in
        let channel = second.channel
        let front = TestService.echoing { request, _ in
          try await channel.call(TestService.echo, request)
        }
        try await Harness.run([front]) { first in
          // As long as this machine needs to come to the second hop.
          var timeout: Duration = .milliseconds(100)
          repeat {
            let error = try await failure { [timeout] in
              try await first.channel.call(
                TestService.echo, Text(""), options: CallOptions(timeout: timeout))
            }
            #expect(error.code == .deadlineExceeded)
            timeout *= 2
          } while !isReached.value
          try await ended.next()
        }
      }
    }

    @Test func withoutADeadlineNoneReachesTheSecondHop() async throws {
      let service = TestService.echoing { _, context in
        Text(context.timeRemaining.map { "\($0)" } ?? "none")
      }
      try await Harness.run([service]) { harness in
        let reply = try await harness.channel.call(TestService.echo, Text(""))
        #expect(reply.value == "none")
      }
    }
  }
}
