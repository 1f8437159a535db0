internal import SwiftProtobuf
import Synchronization

/// `grpc.health.v1`: what the server says of itself and its services.
///
/// On our own queues, because gRPC C++'s health plugin brings polling threads that double the CPU of
/// every call (see server.cc).
final class HealthService: Sendable {
  static let name = "grpc.health.v1.Health"
  typealias Status = Grpc_Health_V1_HealthCheckResponse.ServingStatus

  private struct State {
    var statuses: [String: Status]
    var watchers: [Int: (service: String, updates: AsyncStream<Status>.Continuation)] = [:]
    var nextWatcher = 0
    var isShutDown = false
  }

  private let state: Mutex<State>

  /// Everything is NOT_SERVING until the server has started.
  init(services: [String]) {
    let names = services + [""]
    state = Mutex(
      State(statuses: Dictionary(names.map { ($0, .notServing) }) { first, _ in first }))
  }

  /// Says of a service that it serves, or not; "" is the server as a whole.
  func set(_ status: Status, service: String) {
    state.withLock { state in
      guard !state.isShutDown else { return }
      Self.set(status, service, &state)
    }
  }

  /// Says that everything serves.
  func begin() {
    state.withLock { state in
      for service in Array(state.statuses.keys) { Self.set(.serving, service, &state) }
    }
  }

  /// Says NOT_SERVING of everything, for good.
  func shutDown() {
    state.withLock { state in
      state.isShutDown = true
      for service in Array(state.statuses.keys) { Self.set(.notServing, service, &state) }
    }
  }

  private static func set(_ status: Status, _ service: String, _ state: inout State) {
    guard state.statuses.updateValue(status, forKey: service) != status else { return }
    for watcher in state.watchers.values where watcher.service == service {
      watcher.updates.yield(status)
    }
  }

  private func status(_ service: String) -> Status? {
    state.withLock { $0.statuses[service] }
  }

  /// The state now and the latest after each change. Ends with the task that reads it.
  private func watch(_ service: String) -> AsyncStream<Status> {
    let (stream, updates) = AsyncStream<Status>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = (service, updates)
      updates.yield(state.statuses[service] ?? .serviceUnknown)
      return state.nextWatcher
    }
    updates.onTermination = { [weak self] _ in
      self?.state.withLock { $0.watchers[id] = nil }
    }
    return stream
  }

  /// The service as the server offers it.
  var definition: ServiceDefinition {
    typealias Request = Grpc_Health_V1_HealthCheckRequest
    typealias Response = Grpc_Health_V1_HealthCheckResponse
    var service = ServiceDefinition(Self.name)
    service.unary(UnaryMethod<Request, Response>(service: Self.name, name: "Check")) {
      request, _ in
      guard let status = self.status(request.service) else {
        throw RPCError(.notFound, "There is no service \"\(request.service)\" here.")
      }
      return .with { $0.status = status }
    }
    service.serverStreaming(
      ServerStreamingMethod<Request, Response>(service: Self.name, name: "Watch")
    ) { request, _, writer in
      for await status in self.watch(request.service) {
        try await writer.write(.with { $0.status = status })
      }
    }
    return service
  }
}
