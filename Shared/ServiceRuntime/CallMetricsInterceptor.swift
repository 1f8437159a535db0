import CoreMetrics
import Logging
import RPC
import Synchronization

/// Counts and times every call: `recsys_<service>_calls_total{method,code}` and
/// `recsys_<service>_call_duration_seconds{method}`; logs those that failed by the service's own fault.
struct CallMetricsInterceptor: ServerInterceptor {
  /// Metrics by method and code: making one is a look-up by text, too dear for every call.
  private final class Handlers: Sendable {
    private struct Series {
      let timer: Timer
      /// By code; a method answers with few.
      var counters: [(code: StatusCode, counter: Counter)] = []
    }
    private let service: String
    private let series = Mutex<[String: Series]>([:])

    init(service: String) { self.service = service }

    func of(_ path: String, _ code: StatusCode) -> (timer: Timer, counter: Counter) {
      series.withLock { all in
        let known = all[path]
        if let known, let one = known.counters.first(where: { $0.code == code }) {
          return (known.timer, one.counter)
        }
        let method = ("method", Self.method(path))
        var series =
          known
          ?? Series(
            timer: Timer(
              label: "recsys_\(service)_call_duration_seconds", dimensions: [method]))
        let counter = Counter(
          label: "recsys_\(service)_calls_total", dimensions: [method, ("code", "\(code)")])
        series.counters.append((code, counter))
        all[path] = series
        return (series.timer, counter)
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
      let (timer, counter) = handlers.of(context.path, code)
      timer.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
      counter.increment()
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
