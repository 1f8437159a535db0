import Foundation
import RPC
import RecommendationCore
import SwiftProtobuf
import Testing

extension TransportTests {
  /// Whatever a client does, others are served and nothing stays behind.
  @Suite struct HostileClientTests {
    private static let sumPath = "/test.v1.TestService/Sum"
    private static let echoPath = "/test.v1.TestService/Echo"

    private func expectServing(_ harness: Harness) async throws {
      let reply = try await harness.channel.call(TestService.echo, Text("still here"))
      #expect(reply.value == "still here")
    }

    @Test func noiseIsSurvived() async throws {
      try await Harness.run([TestService.plain]) { harness in
        var generator = SeededGenerator(seed: 7)
        for round in 0..<60 {
          let connection = try RawConnection(port: harness.server.port)
          if round % 2 == 0 { connection.send(RawConnection.preface) }
          connection.send((0..<2000).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        try await expectServing(harness)
      }
    }

    @Test func malformedFramesAreSurvived() async throws {
      try await Harness.run([TestService.plain]) { harness in
        let headers = RawConnection.headers(path: Self.echoPath, stream: 1)
        let hostile: [[UInt8]] = [
          RawConnection.frame(type: 0, flags: 1, stream: 1, [0, 0, 0, 0, 1]),  // DATA, no stream
          headers + RawConnection.frame(type: 0, flags: 1, stream: 1, [7, 0, 0, 0, 0]),  // bad flag
          headers + RawConnection.frame(type: 0, flags: 1, stream: 1, [0, 0x7F, 255, 255, 255]),
          headers + RawConnection.frame(type: 0, flags: 1, stream: 1, [0, 0]),  // torn prefix
          headers + headers,
          RawConnection.frame(type: 1, flags: 4, stream: 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
          RawConnection.frame(type: 1, flags: 4, stream: 0, []),
          RawConnection.frame(type: 8, flags: 0, stream: 0, [0, 0, 0, 0]),  // window of zero
          RawConnection.frame(type: 9, flags: 4, stream: 1, [1, 2, 3]),
          RawConnection.frame(type: 99, flags: 255, stream: 5, [1]),
          RawConnection.headers(path: "", stream: 1, endStream: true),
          RawConnection.headers(path: "//", stream: 1, endStream: true),
          Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
        ]
        for bytes in hostile {
          let connection = try RawConnection(port: harness.server.port)
          connection.send(RawConnection.preface + bytes)
          try await expectServing(harness)
        }
      }
    }

    @Test func aClientThatVanishesCancelsItsHandler() async throws {
      let started = Signal<Void>()
      let cancelled = Signal<Void>()
      let service = TestService.echoing { request, _ in
        if request.value != "still here" {
          started.send()
          await waitForCancellation()
          cancelled.send()
        }
        return request
      }
      try await Harness.run([service]) { harness in
        let connection = try RawConnection(port: harness.server.port)
        connection.send(
          RawConnection.preface + RawConnection.headers(path: Self.echoPath, stream: 1)
            + RawConnection.message([], stream: 1, endStream: true))
        try await started.next()
        connection.reset()
        try await cancelled.next()
        try await expectServing(harness)
      }
    }

    @Test(arguments: [false, true])
    func aStreamThatIsCutOffIsNotTakenForWhole(reset: Bool) async throws {
      let received = Signal<Void>()
      let outcome = Signal<StatusCode>()
      var service = TestService.echoing { request, _ in request }
      service.clientStreaming(TestService.sum) { requests, _ in
        do {
          for try await _ in requests { received.send() }
          outcome.send(.ok)
        } catch let error as RPCError {
          outcome.send(error.code)
        }
        return Number(0)
      }
      try await Harness.run([service]) { harness in
        let connection = try RawConnection(port: harness.server.port)
        connection.send(
          RawConnection.preface + RawConnection.headers(path: Self.sumPath, stream: 1)
            + RawConnection.message([8, 1], stream: 1))
        try await received.next()
        if reset {
          connection.send(RawConnection.frame(type: 3, flags: 0, stream: 1, [0, 0, 0, 8]))
        } else {
          connection.reset()
        }
        let code = try await outcome.next()
        #expect(code == .cancelled)
        try await expectServing(harness)
      }
    }

    @Test func aHalfClosedStreamIsWhole() async throws {
      let outcome = Signal<Int64>()
      var service = TestService.echoing { request, _ in request }
      service.clientStreaming(TestService.sum) { requests, _ in
        var sum: Int64 = 0
        for try await request in requests { sum += request.value }
        outcome.send(sum)
        return Number(sum)
      }
      try await Harness.run([service]) { harness in
        let connection = try RawConnection(port: harness.server.port)
        connection.send(
          RawConnection.preface + RawConnection.headers(path: Self.sumPath, stream: 1)
            + RawConnection.message([8, 5], stream: 1)
            + RawConnection.message([8, 6], stream: 1, endStream: true))
        let sum = try await outcome.next()
        #expect(sum == 11)
      }
    }

    @Test func aUnaryCallWithoutAMessageIsRefusedAlone() async throws {
      try await Harness.run([TestService.plain]) { harness in
        let connection = try RawConnection(port: harness.server.port)
        connection.send(
          RawConnection.preface
            + RawConnection.headers(path: Self.echoPath, stream: 1, endStream: true))
        try await expectServing(harness)
      }
    }
  }
}
