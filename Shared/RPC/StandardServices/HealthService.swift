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
    var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
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
    change { statuses, isShutDown in
      if !isShutDown { statuses[service] = status }
    }
  }

  /// Says that everything serves.
  func begin() {
    change { statuses, _ in statuses = statuses.mapValues { _ in .serving } }
  }

  /// Says NOT_SERVING of everything, for good.
  func shutDown() {
    change { statuses, isShutDown in
      isShutDown = true
      statuses = statuses.mapValues { _ in .notServing }
    }
  }

  /// Changes statuses and wakes the watchers.
  ///
  /// They are woken outside of the lock. A stream that is woken takes its task's own lock, and a task that is
  /// cancelled holds that while it takes ours to strike its watcher off: the two once waited for each other.
  private func change(_ body: (inout [String: Status], inout Bool) -> Void) {
    let watchers = state.withLock { state in
      body(&state.statuses, &state.isShutDown)
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.yield() }
  }

  private func status(_ service: String) -> Status? {
    state.withLock { $0.statuses[service] }
  }

  /// A sign now and after every change of any status; signs that nobody took yet are one. Ends with the task that
  /// reads it.
  func signs() -> AsyncStream<Void> {
    let (stream, sign) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = sign
      return state.nextWatcher
    }
    sign.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.watchers.removeValue(forKey: id) }
    }
    sign.yield()
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
      var told: Status?
      for await _ in self.signs() {
        let status = self.status(request.service) ?? .serviceUnknown
        if status != told { try await writer.write(.with { $0.status = status }) }
        told = status
      }
    }
    return service
  }
}
