import Foundation
import RPC
import SwiftProtobuf
import Testing

extension TransportTests {
  @Suite struct HealthAndReflectionTests {
    // Wire-equal to the health service's messages: a string in field 1, an enum in field 1.
    private static let check = UnaryMethod<Text, Google_Protobuf_Int32Value>(
      service: "grpc.health.v1.Health", name: "Check")
    private static let watch = ServerStreamingMethod<Text, Google_Protobuf_Int32Value>(
      service: "grpc.health.v1.Health", name: "Watch")
    private static let serving: Int32 = 1
    private static let notServing: Int32 = 2

    @Test func aStartedServerAndItsServicesAreServing() async throws {
      try await Harness.run([TestService.plain]) { harness in
        let whole = try await harness.channel.call(Self.check, Text(""))
        #expect(whole.value == Self.serving)
        let service = try await harness.channel.call(Self.check, Text(TestService.name))
        #expect(service.value == Self.serving)
        let error = try await failure {
          try await harness.channel.call(Self.check, Text("absent"))
        }
        #expect(error.code == .notFound)
      }
    }

    @Test func aWatcherSeesEachChange() async throws {
      try await Harness.run([TestService.plain]) { harness in
        var changes = try harness.channel.call(Self.watch, Text(TestService.name))
          .makeAsyncIterator()
        #expect(try await changes.next()?.value == Self.serving)
        harness.server.setServing(false, service: TestService.name)
        #expect(try await changes.next()?.value == Self.notServing)
        harness.server.setServing(true, service: TestService.name)
        #expect(try await changes.next()?.value == Self.serving)
      }
    }

    @Test func aWatcherDoesNotHoldTheDrain() async throws {
      let harness = try Harness([TestService.plain])
      var changes = try harness.channel.call(Self.watch, Text("")).makeAsyncIterator()
      #expect(try await changes.next()?.value == Self.serving)
      let start = ContinuousClock.now
      await Harness.stop(harness.server, grace: .seconds(30))
      #expect(start.duration(to: .now) < .seconds(10))
    }

    // MARK: Reflection (bidirectional; one request, then half-close, is a client stream to us)

    private static let info = ClientStreamingMethod<Google_Protobuf_Empty, Google_Protobuf_Empty>(
      service: "grpc.reflection.v1alpha.ServerReflection", name: "ServerReflectionInfo")

    /// Asks with one string field, and gives the response's bytes.
    private static func ask(_ channel: Channel, field: UInt8, _ text: String) async throws -> Data {
      let request = [field << 3 | 2, UInt8(text.utf8.count)] + Array(text.utf8)
      let message = try Google_Protobuf_Empty(serializedBytes: request)
      let response = try await channel.call(info) { try await $0.write(message) }
      return response.unknownFields.data
    }

    @Test func reflectionListsTheServicesAndServesTheirDescriptors() async throws {
      var field = Google_Protobuf_FieldDescriptorProto()
      field.name = "answer"
      field.number = 1
      field.type = .string
      field.label = .optional
      var message = Google_Protobuf_DescriptorProto()
      message.name = "Reflected"
      message.field = [field]
      var method = Google_Protobuf_MethodDescriptorProto()
      method.name = "Echo"
      method.inputType = ".test.reflected.v1.Reflected"
      method.outputType = ".test.reflected.v1.Reflected"
      var service = Google_Protobuf_ServiceDescriptorProto()
      service.name = "ReflectedService"
      service.method = [method]
      var file = Google_Protobuf_FileDescriptorProto()
      file.name = "test/reflected/v1/reflected.proto"
      file.package = "test.reflected.v1"
      file.syntax = "proto3"
      file.messageType = [message]
      file.service = [service]
      var set = Google_Protobuf_FileDescriptorSet()
      set.file = [file]

      var configuration = ServerConfiguration()
      configuration.reflectionDescriptors = try set.serializedBytes()
      var definition = ServiceDefinition("test.reflected.v1.ReflectedService")
      let echo = UnaryMethod<Text, Text>(service: definition.name, name: "Echo")
      definition.unary(echo) { request, _ in request }
      // Twice: a second server in the process may bring the same files.
      for _ in 0..<2 {
        try await Harness.run([definition], configuration: configuration) { harness in
          let services = try await Self.ask(harness.channel, field: 7, "*")
          #expect(services.range(of: Data("test.reflected.v1.ReflectedService".utf8)) != nil)
          #expect(services.range(of: Data("grpc.health.v1.Health".utf8)) != nil)
          let symbol = "test.reflected.v1.ReflectedService"
          let descriptor = try await Self.ask(harness.channel, field: 4, symbol)
          #expect(descriptor.range(of: Data("answer".utf8)) != nil)
          #expect(descriptor.range(of: Data("test/reflected/v1/reflected.proto".utf8)) != nil)
        }
      }
    }

    @Test func bytesThatAreNoDescriptorSetAreRefused() {
      var configuration = ServerConfiguration()
      configuration.reflectionDescriptors = [0xFF, 0xFF, 0xFF]
      #expect(throws: RPCError.self) {
        try Server(configuration: configuration, services: [TestService.plain])
      }
    }
  }
}
