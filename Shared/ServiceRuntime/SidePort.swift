import FlyingFox
import FlyingSocks
import Foundation
import Logging
import Synchronization

/// The HTTP port beside the gRPC port: `/metrics` (Prometheus), `/healthz` (the process lives), `/readyz` (it can
/// serve).
final class SidePort: Sendable {
  private let server: HTTPServer
  private let task = Mutex<Task<Void, any Error>?>(nil)

  init(host: String, port: Int, registry: MetricsRegistry, isReady: @escaping @Sendable () -> Bool)
    async throws
  {
    server = HTTPServer(
      address: try .inet(ip4: host == "localhost" ? "127.0.0.1" : host, port: UInt16(port)),
      logger: .disabled)
    await server.appendRoute("GET /metrics") { _ in
      HTTPResponse(
        statusCode: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: Data(registry.exposition().utf8))
    }
    await server.appendRoute("GET /healthz") { _ in Self.plain(.ok, "ok\n") }
    await server.appendRoute("GET /readyz") { _ in
      isReady() ? Self.plain(.ok, "ready\n") : Self.plain(.serviceUnavailable, "not ready\n")
    }
  }

  /// Listens; returns once connections are accepted.
  func start() async throws {
    let server = server
    let running = Task { try await server.run() }
    task.withLock { $0 = running }
    do {
      try await server.waitUntilListening()
    } catch {
      // The reason lies in the run, e.g. that the port is taken.
      running.cancel()
      try await running.value
      throw error
    }
  }

  /// The port that it listens on.
  var port: Int? {
    get async {
      guard case .ip4(_, let port) = await server.listeningAddress else { return nil }
      return Int(port)
    }
  }

  func stop() async {
    await server.stop()
    task.withLock { $0 }?.cancel()
  }

  private static func plain(_ code: HTTPStatusCode, _ text: String) -> HTTPResponse {
    HTTPResponse(
      statusCode: code, headers: [.contentType: "text/plain; charset=utf-8"],
      body: Data(text.utf8))
  }
}
