import Foundation
import SwiftProtobuf
import Testing

@testable import RPC

extension TransportTests {
  @Suite struct HealthAndReflectionTests {
    typealias HealthRequest = Grpc_Health_V1_HealthCheckRequest
    typealias HealthResponse = Grpc_Health_V1_HealthCheckResponse

    private static let check = UnaryMethod<HealthRequest, HealthResponse>(
      service: "grpc.health.v1.Health", name: "Check")
    private static let watch = ServerStreamingMethod<HealthRequest, HealthResponse>(
      service: "grpc.health.v1.Health", name: "Watch")

    private static func about(_ service: String) -> HealthRequest { .with { $0.service = service } }

    @Test func aStartedServerAndItsServicesAreServing() async throws {
      try await Harness.run([TestService.plain]) { harness in
        let whole = try await harness.channel.call(Self.check, Self.about(""))
        #expect(whole.status == .serving)
        let service = try await harness.channel.call(Self.check, Self.about(TestService.name))
        #expect(service.status == .serving)
        let error = try await failure {
          try await harness.channel.call(Self.check, Self.about("absent"))
        }
        #expect(error.code == .notFound)
      }
    }

    /// A process listens before it has loaded what it needs: whoever waits for SERVING must not come too early.
    @Test func whatWasSaidBeforeTheStartStillHoldsAfterIt() async throws {
      let server = try Server(services: [TestService.plain])
      server.setServing(false, service: TestService.name)
      try server.start()
      let channel = try Channel(target: "127.0.0.1:\(server.port)")
      let service = try await channel.call(Self.check, Self.about(TestService.name))
      #expect(service.status == .notServing)
      // Of the server as a whole nothing was said.
      let whole = try await channel.call(Self.check, Self.about(""))
      #expect(whole.status == .serving)
      await Harness.stop(server)
    }

    @Test func aWatcherSeesEachChange() async throws {
      try await Harness.run([TestService.plain]) { harness in
        var changes = try harness.channel.call(Self.watch, Self.about(TestService.name))
          .makeAsyncIterator()
        #expect(try await changes.next()?.status == .serving)
        harness.server.setServing(false, service: TestService.name)
        #expect(try await changes.next()?.status == .notServing)
        harness.server.setServing(true, service: TestService.name)
        #expect(try await changes.next()?.status == .serving)
      }
    }

    @Test func aWatcherDoesNotHoldTheDrain() async throws {
      let harness = try Harness([TestService.plain])
      var changes = try harness.channel.call(Self.watch, Self.about("")).makeAsyncIterator()
      #expect(try await changes.next()?.status == .serving)
      let start = ContinuousClock.now
      await Harness.stop(harness.server, grace: .seconds(600))
      #expect(start.duration(to: .now) < .seconds(300))
    }

    // MARK: Reflection (bidirectional; one request, then half-close, is a client stream to us)

    typealias ReflectionRequest = Grpc_Reflection_V1_ServerReflectionRequest
    typealias ReflectionResponse = Grpc_Reflection_V1_ServerReflectionResponse

    private static func ask(
      _ channel: Channel, _ question: ReflectionRequest.OneOf_MessageRequest, version: String = "v1"
    ) async throws -> ReflectionResponse {
      let info = ClientStreamingMethod<ReflectionRequest, ReflectionResponse>(
        service: "grpc.reflection.\(version).ServerReflection", name: "ServerReflectionInfo")
      return try await channel.call(info) { writer in
        try await writer.write(.with { $0.messageRequest = question })
      }
    }

    /// A file with one service and one message, which it imports from another file.
    private static func descriptors() -> Google_Protobuf_FileDescriptorSet {
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
      file.name = "test/reflected/v1/message.proto"
      file.package = "test.reflected.v1"
      file.syntax = "proto3"
      file.messageType = [message]
      var serviceFile = Google_Protobuf_FileDescriptorProto()
      serviceFile.name = "test/reflected/v1/service.proto"
      serviceFile.package = "test.reflected.v1"
      serviceFile.syntax = "proto3"
      serviceFile.dependency = [file.name]
      serviceFile.service = [service]
      var set = Google_Protobuf_FileDescriptorSet()
      set.file = [file, serviceFile]

      return set
    }

    @Test(arguments: ["v1", "v1alpha"])
    func reflectionListsTheServicesAndServesTheirDescriptors(version: String) async throws {
      var configuration = ServerConfiguration()
      configuration.reflectionDescriptors = try Self.descriptors().serializedBytes()
      var definition = ServiceDefinition("test.reflected.v1.ReflectedService")
      let echo = UnaryMethod<Text, Text>(service: definition.name, name: "Echo")
      definition.unary(echo) { request, _ in request }
      try await Harness.run([definition], configuration: configuration) { harness in
        func ask(_ question: ReflectionRequest.OneOf_MessageRequest) async throws
          -> ReflectionResponse
        { try await Self.ask(harness.channel, question, version: version) }

        let services = try await ask(.listServices("*")).listServicesResponse.service.map(\.name)
        #expect(
          services == [
            "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection", "test.reflected.v1.ReflectedService",
          ])
        for symbol in ["ReflectedService", "ReflectedService.Echo"] {
          let answer = try await ask(.fileContainingSymbol("test.reflected.v1." + symbol))
          let files = try answer.fileDescriptorResponse.fileDescriptorProto.map {
            try Google_Protobuf_FileDescriptorProto(serializedBytes: $0).name
          }
          #expect(files == ["test/reflected/v1/service.proto", "test/reflected/v1/message.proto"])
        }
        let message = try await ask(.fileByFilename("test/reflected/v1/message.proto"))
        #expect(message.fileDescriptorResponse.fileDescriptorProto.count == 1)
        let absent = try await ask(.fileContainingSymbol("test.reflected.v1.Absent"))
        #expect(absent.errorResponse.errorCode == 5)
        let extensions = try await ask(.allExtensionNumbersOfType("test.reflected.v1.Reflected"))
        #expect(extensions.allExtensionNumbersResponse.extensionNumber.isEmpty)
      }
    }

    @Test func aSecondResponseToAStreamThatHasOneIsAnError() async throws {
      try await Harness.run([TestService.plain]) { harness in
        // Two questions, two answers; a client-streaming call takes one.
        let info = ClientStreamingMethod<ReflectionRequest, ReflectionResponse>(
          service: "grpc.reflection.v1.ServerReflection", name: "ServerReflectionInfo")
        let error = try await failure {
          try await harness.channel.call(info) { writer in
            try await writer.write(.with { $0.listServices = "" })
            try await writer.write(.with { $0.listServices = "" })
          }
        }
        #expect(error.code == .internalError)
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

/// What health watchers and changes of health may not do to each other.
@Suite struct HealthWatchTests {
  /// A watcher that goes takes its task's lock and then the service's; a change must not take them the other way
  /// round.
  @Test(.timeLimit(.minutes(1)))
  func watchersMayGoWhileHealthChanges() async {
    let health = HealthService(services: ["a"])
    let (changed, isChanged) = AsyncStream<Void>.makeStream()
    let changes = Thread {
      for number in 0..<2_000 {
        health.set(number % 2 == 0 ? .serving : .notServing, service: "a")
        sched_yield()
      }
      isChanged.finish()
    }
    changes.start()
    for _ in 0..<500 {
      let watchers = (0..<4).map { _ in
        Task.detached { for await _ in health.signs() {} }
      }
      for watcher in watchers { watcher.cancel() }
      for watcher in watchers { await watcher.value }
    }
    for await _ in changed {}
  }
}
