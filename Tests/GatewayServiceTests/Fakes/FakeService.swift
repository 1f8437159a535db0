import RPC
import Synchronization
import TestSupport

/// How a fake service behaves.
enum Behaviour: Sendable {
  case answers
  /// Answers nothing until the caller has gone.
  case hangs
  /// Answers once the gate is open.
  case waits(Gate)
  case fails(RPCError)
}

/// A service behind the gateway, under the test's thumb: real RPC, made-up answers.
final class FakeService: Sendable {
  private let behaviour = Mutex<[String: Behaviour]>([:])
  private let server: Mutex<Server?>
  private let definitions: Mutex<[ServiceDefinition]> = Mutex([])
  private let portNumber: Mutex<Int>
  /// Opens when a call that hung was cancelled.
  let cancelled = Gate()

  init() {
    server = Mutex(nil)
    portNumber = Mutex(0)
  }

  /// Starts it; on its old port if it had one.
  func start(_ services: ServiceDefinition...) throws {
    try start(services)
  }

  func start(_ services: [ServiceDefinition]) throws {
    definitions.withLock { $0 = services }
    try restart()
  }

  func restart() throws {
    let new = try Server(
      configuration: ServerConfiguration(host: "127.0.0.1", port: portNumber.withLock { $0 }),
      services: definitions.withLock { $0 })
    try new.start()
    portNumber.withLock { $0 = new.port }
    server.withLock { $0 = new }
  }

  /// Ends it: connections break, its port refuses.
  func stop() async {
    guard
      let old = server.withLock({ server -> Server? in
        defer { server = nil }
        return server
      })
    else { return }
    await onThread { old.shutdown(grace: .zero) }
  }

  var target: String { "127.0.0.1:\(portNumber.withLock { $0 })" }

  /// How one method behaves from now on.
  func set(_ new: Behaviour, for method: String) { behaviour.withLock { $0[method] = new } }

  /// How all methods without an own rule behave.
  func set(_ new: Behaviour) { set(new, for: "") }

  /// Obeys the behaviour, then answers.
  func answer<Response>(_ method: String, _ body: () throws -> Response) async throws -> Response {
    switch behaviour.withLock({ $0[method] ?? $0[""] ?? .answers }) {
    case .answers: return try body()
    case .fails(let error): throw error
    case .waits(let gate):
      try await gate.waitCancellably()
      return try body()
    case .hangs:
      do {
        try await Gate().waitCancellably()
      } catch {
        cancelled.open()
        throw RPCError(.cancelled, "The caller has gone.")
      }
      return try body()
    }
  }
}

/// What a fake was asked, in order.
final class Requests<Request: Sendable>: Sendable {
  private let requests = Watched<[Request]>([])
  func append(_ request: Request) { requests.update { $0.append(request) } }
  var all: [Request] { requests.value }
  var last: Request? { requests.value.last }
  var count: Int { requests.value.count }
  /// Waits until so many have come.
  func wait(for count: Int) async { await requests.wait { $0.count >= count } }
  /// Waits until one like it has come.
  func wait(for isLike: @escaping @Sendable (Request) -> Bool) async {
    await requests.wait { $0.contains(where: isLike) }
  }
}
