import SwiftProtobuf
import Testing

@testable import RPC

typealias Text = Google_Protobuf_StringValue
typealias Bytes = Google_Protobuf_BytesValue

let echo = UnaryMethod<Text, Text>(service: "test.Echo", name: "Echo")

@Suite struct UnaryTests {
  @Test func aCallComesBackWithItsAnswer() async throws {
    var service = ServiceDefinition("test.Echo")
    service.unary(echo) { request, _ in Text(request.value + "!") }
    let server = try Server(services: [service])
    try server.start()
    let channel = try Channel(target: "127.0.0.1:\(server.port)")
    for index in 0..<100 {
      let reply = try await channel.call(echo, Text("hello \(index)"))
      #expect(reply.value == "hello \(index)!")
    }
    server.shutdown(grace: .seconds(1))
  }

  @Test func anErrorComesBackWithItsDetails() async throws {
    var service = ServiceDefinition("test.Echo")
    service.unary(echo) { _, _ in throw RPCError.invalidArgument(field: "value", "is wrong") }
    let server = try Server(services: [service])
    try server.start()
    let channel = try Channel(target: "127.0.0.1:\(server.port)")
    let error = await #expect(throws: RPCError.self) {
      try await channel.call(echo, Text("x"))
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.fieldViolations == [FieldViolation(field: "value", description: "is wrong")])
    server.shutdown(grace: .seconds(1))
  }
}
