import CoreMetrics
import Foundation
import Logging
import RPC
import RecommendationProtos
import Synchronization

/// The life of a service process: read the configuration, build the parts, serve, drain, end.
///
/// ```
/// recsys-<name> [--config FILE] [--check-config]
/// ```
/// Exit codes: 0 ended by SIGTERM or SIGINT after draining, or the configuration is sound; 1 could not start;
/// 64 wrong arguments; 78 the configuration cannot be used.
public enum ServiceProgram {
  /// Runs a service until SIGTERM or SIGINT. Call it first in `main`, from the main thread.
  ///
  /// - Parameters:
  ///   - name: e.g. "gateway".
  ///   - defaultPort: port when none is configured.
  ///   - build: reads the service's own keys and returns a closure that makes its parts. With
  ///     `--check-config` only the keys are read.
  /// - Returns: the exit code.
  public static func run(
    name: String, defaultPort: Int,
    build: (SettingsReader) throws -> (ServiceEnvironment) throws -> any ServiceParts
  ) -> Int32 {
    // First of all, so that every thread that any library makes inherits the mask and sigwait gets them.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    // A file that may grow no more is an error of the write, not the end of the service.
    signal(SIGXFSZ, SIG_IGN)
    restartWithOneMathThread()

    let arguments: Arguments
    do {
      arguments = try Arguments(CommandLine.arguments.dropFirst())
    } catch {
      complain("\(error)\nusage: recsys-\(name) [--config FILE] [--check-config]")
      return 64
    }
    let settings: ServiceSettings
    let makeParts: (ServiceEnvironment) throws -> any ServiceParts
    do {
      let reader =
        try arguments.configurationPath.map { try SettingsReader(path: $0) } ?? SettingsReader()
      settings = try ServiceSettings(name: name, defaultPort: defaultPort, reader: reader)
      makeParts = try build(reader)
      try reader.finish()
      if arguments.checkOnly {
        FileHandle.standardOutput.write(Data("\(reader.summary)\n".utf8))
        return 0
      }
    } catch {
      complain("recsys-\(name): the configuration cannot be used: \(error)")
      return 78
    }
    return serve(settings, signals: signals, makeParts)
  }

  private struct Arguments {
    struct Wrong: Error, CustomStringConvertible {
      var description: String
    }
    var configurationPath: String?
    var checkOnly = false

    init(_ arguments: ArraySlice<String>) throws {
      var rest = arguments
      while let argument = rest.popFirst() {
        switch argument {
        case "--check-config": checkOnly = true
        case "--config":
          guard let path = rest.popFirst() else {
            throw Wrong(description: "--config needs a file")
          }
          configurationPath = path
        default: throw Wrong(description: "unknown argument \(argument)")
        }
      }
    }
  }

  private static func serve(
    _ settings: ServiceSettings, signals: sigset_t,
    _ makeParts: (ServiceEnvironment) throws -> any ServiceParts
  ) -> Int32 {
    let registry = MetricsRegistry()
    MetricsSystem.bootstrap(registry)
    LoggingSystem.bootstrap { label in
      JSONLogHandler(label: label, level: settings.logLevel, human: settings.logForPeople)
    }
    let logger = Logger(label: "recsys.\(settings.name)")
    do {
      let environment = ServiceEnvironment(
        settings: settings, logger: logger,
        computePool: ComputePool(
          threads: settings.computeThreads, queueLimit: settings.computeQueueLimit))
      let parts = try makeParts(environment)
      var configuration = settings.server
      if settings.reflection {
        configuration.reflectionDescriptors =
          Data(base64Encoded: descriptorSetBase64, options: .ignoreUnknownCharacters)
          .map { [UInt8]($0) }
      }
      let gate = StartGate()
      let server = try Server(
        configuration: configuration, services: parts.services,
        interceptors: [CallMetricsInterceptor(service: settings.name, logger: logger, gate: gate)])
      let ready = ReadyFlag()
      let side = try blocking {
        try await startSidePort(settings, registry: registry, ready: ready)
      }
      // Listening before the parts have started: a health check sees NOT_SERVING rather than nothing.
      server.setServing(false)
      for service in parts.services { server.setServing(false, service: service.name) }
      try server.start()
      let begun = ContinuousClock.now
      let sidePort = try blocking { await side?.port }
      logger.info(
        "listening",
        metadata: [
          "port": .stringConvertible(server.port),
          "side_port": .stringConvertible(sidePort ?? -1),
          "pid": .stringConvertible(getpid()),
        ])
      try blocking { try await parts.start() }
      let names = parts.services.map(\.name)
      let follow: @Sendable (Bool) -> Void = { canServe in
        for name in names + [""] { server.setServing(canServe, service: name) }
        ready.set(canServe)
      }
      gate.open()
      follow(true)
      environment.serving.follow(follow)
      logger.info(
        "serving", metadata: ["start_took": "\(ContinuousClock.now - begun)"])

      var waited = signals
      var received: Int32 = 0
      sigwait(&waited, &received)
      environment.serving.unfollow()
      ready.set(false)
      logger.info(
        "draining",
        metadata: [
          "signal": .stringConvertible(received),
          "grace": "\(settings.drainGrace)",
        ])
      try blocking { await parts.drain() }
      server.shutdown(grace: settings.drainGrace)
      try blocking {
        await parts.stop()
        await side?.stop()
      }
      logger.info("stopped")
      return 0
    } catch {
      logger.critical("cannot start", metadata: ["error": "\(error)"])
      return 1
    }
  }

  private static func startSidePort(
    _ settings: ServiceSettings, registry: MetricsRegistry, ready: ReadyFlag
  ) async throws -> SidePort? {
    guard settings.sidePort >= 0 else { return nil }
    let side = try await SidePort(
      host: settings.sideHost, port: settings.sidePort, registry: registry,
      isReady: { ready.isSet })
    try await side.start()
    return side
  }

  /// OpenMP and OpenBLAS read their thread counts when they are loaded, before any code of ours runs, and their
  /// spinning workers would fight the gRPC threads for the cores (an 8 ms p99 instead of 0.24 ms was
  /// measured). So a bare start runs itself again, once, with the counts in the environment.
  private static func restartWithOneMathThread() {
    guard getenv("OMP_NUM_THREADS") == nil else { return }
    setenv("OMP_NUM_THREADS", "1", 1)
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    var arguments = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    // By its own path, not as /proc/self/exe, so that ps and pkill go on seeing its name.
    let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    execv(path, &arguments)
    // Only reached when exec is forbidden: the service works, with a worse tail.
    complain("could not restart with OMP_NUM_THREADS=1; latency will suffer")
    arguments.forEach { free($0) }
  }

  private static func complain(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
  }
}

/// Runs async work to its end on a thread that may block.
private func blocking<Value: Sendable>(
  _ work: @escaping @Sendable () async throws -> Value
) throws -> Value {
  let done = DispatchSemaphore(value: 0)
  let result = Mutex<Result<Value, any Error>?>(nil)
  Task.detached {
    do {
      let value = try await work()
      result.withLock { $0 = .success(value) }
    } catch {
      result.withLock { $0 = .failure(error) }
    }
    done.signal()
  }
  done.wait()
  guard let finished = result.withLock({ $0 }) else { throw CancellationError() }
  return try finished.get()
}

/// Whether the service can serve.
private final class ReadyFlag: Sendable {
  private let flag = Atomic<Bool>(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set(_ value: Bool) { flag.store(value, ordering: .releasing) }
}
