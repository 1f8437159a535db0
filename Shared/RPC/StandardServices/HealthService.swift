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
    /// Those that the owner has spoken of: the start says nothing of them.
    var told: Set<String> = []
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
    change { state in
      guard !state.isShutDown else { return }
      state.statuses[service] = status
      state.told.insert(service)
    }
  }

  /// Says that everything serves, but for what the owner has spoken of: who said NOT_SERVING before the start has
  /// more to do before calls may come.
  func begin() {
    change { state in
      for name in state.statuses.keys where !state.told.contains(name) {
        state.statuses[name] = .serving
      }
    }
  }

  /// Says NOT_SERVING of everything, for good.
  func shutDown() {
    change { state in
      state.isShutDown = true
      state.statuses = state.statuses.mapValues { _ in .notServing }
    }
  }

  /// Changes statuses and wakes the watchers.
  ///
  /// They are woken outside of the lock. A stream that is woken takes its task's own lock, and a task that is
  /// cancelled holds that while it takes ours to strike its watcher off: the two once waited for each other.
  private func change(_ body: (inout State) -> Void) {
    let watchers = state.withLock { state in
      body(&state)
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
