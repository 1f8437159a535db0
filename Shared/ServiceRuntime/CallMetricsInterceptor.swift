import CoreMetrics
import Logging
import RPC
import Synchronization

/// Counts and times every call: `recsys_<service>_calls_total{method,code}` and
/// `recsys_<service>_call_duration_seconds{method}`; logs those that failed by the service's own fault.
struct CallMetricsInterceptor: ServerInterceptor {
  /// Metrics by method and code: making one is a look-up by text, too dear for every call.
  private final class Handlers: Sendable {
    private struct Key: Hashable {
      var path: String
      var code: StatusCode
    }
    private let service: String
    private let timers = Mutex<[String: Timer]>([:])
    private let counters = Mutex<[Key: Counter]>([:])

    init(service: String) { self.service = service }

    func timer(_ path: String) -> Timer {
      timers.withLock { timers in
        if let timer = timers[path] { return timer }
        let timer = Timer(
          label: "recsys_\(service)_call_duration_seconds",
          dimensions: [("method", Self.method(path))])
        timers[path] = timer
        return timer
      }
    }

    func counter(_ path: String, _ code: StatusCode) -> Counter {
      counters.withLock { counters in
        let key = Key(path: path, code: code)
        if let counter = counters[key] { return counter }
        let counter = Counter(
          label: "recsys_\(service)_calls_total",
          dimensions: [("method", Self.method(path)), ("code", "\(code)")])
        counters[key] = counter
        return counter
      }
    }

    private static func method(_ path: String) -> String {
      path.split(separator: "/").last.map(String.init) ?? path
    }
  }

  private let handlers: Handlers
  private let logger: Logger
  private let gate: StartGate

  init(service: String, logger: Logger, gate: StartGate) {
    handlers = Handlers(service: service)
    self.logger = logger
    self.gate = gate
  }

  func intercept(_ context: ServerContext, next: @Sendable () async throws -> Void) async throws {
    try gate.check()
    let start = ContinuousClock.now
    var code = StatusCode.ok
    defer {
      let (seconds, attoseconds) = (ContinuousClock.now - start).components
      handlers.timer(context.path).recordNanoseconds(
        seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
      handlers.counter(context.path, code).increment()
    }
    do {
      try await next()
    } catch {
      let told = RPCError(fromHandler: error)
      code = told.code
      if [.internalError, .unknown, .dataLoss].contains(code) {
        logger.error(
          "call failed",
          metadata: [
            "method": "\(context.path)", "code": "\(code)", "error": "\(told.message)",
            "cause": "\(told.cause.map { "\($0)" } ?? "")",
          ])
      }
      throw error
    }
  }
}
