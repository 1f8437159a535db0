import Foundation
import RPC
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

/// All suites of this target.
@Suite struct TransportTests {}

typealias Text = Google_Protobuf_StringValue
typealias Number = Google_Protobuf_Int64Value
typealias Bytes = Google_Protobuf_BytesValue

enum TestService {
  static let name = "test.v1.TestService"
  static let echo = UnaryMethod<Text, Text>(service: name, name: "Echo")
  static let blob = UnaryMethod<Bytes, Bytes>(service: name, name: "Blob")
  static let count = ServerStreamingMethod<Number, Number>(service: name, name: "Count")
  static let sum = ClientStreamingMethod<Number, Number>(service: name, name: "Sum")

  /// Echo, blob echo, a count up to the request, and a sum.
  static var plain: ServiceDefinition {
    var service = ServiceDefinition(name)
    service.unary(echo) { request, _ in request }
    service.unary(blob) { request, _ in request }
    service.serverStreaming(count) { request, _, writer in
      for number in 0..<request.value { try await writer.write(Number(number)) }
    }
    service.clientStreaming(sum) { requests, _ in
      var sum: Int64 = 0
      for try await request in requests { sum += request.value }
      return Number(sum)
    }
    return service
  }

  /// A service whose echo is `handler`.
  static func echoing(
    _ handler: @escaping @Sendable (Text, ServerContext) async throws -> Text
  ) -> ServiceDefinition {
    var service = ServiceDefinition(name)
    service.unary(echo, handler)
    return service
  }
}

/// A server on a free port, and a channel to it.
struct Harness {
  let server: Server
  let channel: Channel

  init(
    _ services: [ServiceDefinition], configuration: ServerConfiguration = .init(),
    client: ChannelConfiguration = .init(), interceptors: [any ServerInterceptor] = [],
    clientInterceptors: [any ClientInterceptor] = []
  ) throws {
    server = try Server(
      configuration: configuration, services: services, interceptors: interceptors)
    try server.start()
    channel = try Channel(
      target: "127.0.0.1:\(server.port)", configuration: client, interceptors: clientInterceptors)
  }

  /// Shuts down on a thread of its own, because the shutdown blocks.
  static func stop(_ server: Server, grace: Duration = .seconds(5)) async {
    await onThread { server.shutdown(grace: grace) }
  }

  /// Serves, runs the body, and shuts down.
  static func run(
    _ services: [ServiceDefinition], configuration: ServerConfiguration = .init(),
    client: ChannelConfiguration = .init(), interceptors: [any ServerInterceptor] = [],
    clientInterceptors: [any ClientInterceptor] = [], _ body: (Harness) async throws -> Void
  ) async throws {
    let harness = try Harness(
      services, configuration: configuration, client: client, interceptors: interceptors,
      clientInterceptors: clientInterceptors)
    let result: Result<Void, any Error>
    do { result = .success(try await body(harness)) } catch { result = .failure(error) }
    await stop(harness.server)
    try result.get()
  }
}

/// The error of a call that must fail.
func failure(_ body: () async throws -> some Any) async throws -> RPCError {
  do {
    _ = try await body()
  } catch let error as RPCError {
    return error
  }
  throw UnexpectedSuccess()
}

struct UnexpectedSuccess: Error {}

/// An event that tests wait for.
final class Signal<Value: Sendable>: Sendable {
  private let stream: AsyncStream<Value>
  private let continuation: AsyncStream<Value>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func send(_ value: Value) { continuation.yield(value) }

  /// The next value that was sent, in order.
  func next() async throws -> Value {
    for await value in stream { return value }
    throw CancellationError()
  }
}

extension Signal<Void> {
  func send() { send(()) }
}

/// Waits until the current task is cancelled.
func waitForCancellation() async {
  let signal = Signal<Void>()
  await withTaskCancellationHandler {
    _ = try? await signal.next()
  } onCancel: {
    signal.send()
  }
}

/// A value that several tasks change.
final class Guarded<Value: Sendable>: Sendable {
  private let state: Mutex<Value>

  init(_ value: Value) { state = Mutex(value) }

  var value: Value { state.withLock { $0 } }

  func update(_ change: (inout Value) -> Void) {
    state.withLock { change(&$0) }
  }
}
