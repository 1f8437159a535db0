import Foundation
import SwiftProtobuf
import Testing

@testable import RPC

extension TransportTests {
  @Suite struct ErrorTests {
    static let details: [ErrorDetail] = [
      .badRequest([
        FieldViolation(field: "filter.years", description: "min is above max"),
        FieldViolation(field: "count", description: "must be at most 500"),
      ]),
      .errorInfo(reason: "MODEL_MISSING", domain: "recsys", metadata: ["model": "als"]),
      .retryInfo(delay: .milliseconds(1250)),
      .quotaFailure([QuotaViolation(subject: "client:a", description: "100 a second")]),
      .resourceInfo(ResourceDescription(type: "item", name: "42", owner: "o", description: "d")),
      .requestInfo(id: "r-1"),
      .other(typeURL: "type.googleapis.com/test.Unknown", value: [8, 1]),
    ]

    @Test func everyKindOfDetailComesThroughTheWire() async throws {
      let service = TestService.echoing { _, _ in
        throw RPCError(.failedPrecondition, "words ü and %", details: Self.details)
      }
      try await Harness.run([service]) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code == .failedPrecondition)
        #expect(error.message == "words ü and %")
        #expect(error.details == Self.details)
        #expect(error.retryDelay == .milliseconds(1250))
        #expect(error.fieldViolations.map(\.field) == ["filter.years", "count"])
      }
    }

    @Test(arguments: 1...16) func everyCodeComesThroughTheWire(code: Int) async throws {
      var client = ChannelConfiguration()
      client.retry = nil
      let service = TestService.echoing { _, _ in throw RPCError(StatusCode(rawValue: code), "m") }
      try await Harness.run([service], client: client) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code.rawValue == code)
        #expect(error.message == "m")
      }
    }

    @Test func aForeignErrorTellsTheCallerNothing() async throws {
      struct Secret: Error { let password = "hunter2" }
      let service = TestService.echoing { _, _ in throw Secret() }
      try await Harness.run([service]) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code == .internalError)
        #expect(!error.message.contains("hunter2") && !error.message.contains("Secret"))
      }
    }

    @Test func anErrorThatSaysOKIsNone() async throws {
      let service = TestService.echoing { _, _ in throw RPCError(.ok, "odd") }
      try await Harness.run([service]) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code == .internalError)
      }
    }

    @Test func anErrorCarriesTrailers() async throws {
      let service = TestService.echoing { _, _ in
        var error = RPCError(.notFound, "no such item")
        error.metadata = ["x-item": "42"]
        throw error
      }
      try await Harness.run([service]) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.metadata["x-item"] == "42")
      }
    }

    @Test func detailsThatDoNotParseLeaveTheCodeTrue() {
      let error = RPCError(wireCode: 5, message: "gone", details: [0xFF, 0xFF, 0xFF])
      #expect(error.code == .notFound)
      #expect(error.details.isEmpty)
    }

    @Test func theWordsOfWrongFieldsNameEach() {
      let error = RPCError.invalidArgument([
        FieldViolation(field: "a", description: "is missing"),
        FieldViolation(field: "b[2]", description: "is not finite"),
      ])
      #expect(error.description == "INVALID_ARGUMENT: a: is missing; b[2]: is not finite")
    }
  }
}
