import Foundation
import Synchronization

/// The five services as child processes of this one.
public final class Suite: Sendable {
  /// How to start them.
  public struct Options: Sendable {
    /// Folder of the executables; nil: the one of this program.
    public var executables: String?
    /// Folder of `<service>.yaml` files; nil: `Deploy/config` above the executables, if there.
    public var configuration: String?
    /// Whether to take free ports instead of the usual ones.
    public var anyPorts = false
    /// How long a service may take until it serves.
    public var startLimit: Duration = .seconds(60)
    /// The default options.
    public init() {}
  }

  private let started = Mutex<[ChildProcess]>([])
  /// Port of each service by its name.
  public let ports: [String: Int]
  private let state: StateFolder

  /// Where the gateway listens.
  public var gatewayTarget: String { "127.0.0.1:\(ports["gateway"] ?? 0)" }
  /// Process ids by name.
  public var processIDs: [String: Int32] {
    Dictionary(uniqueKeysWithValues: children.map { ($0.name, $0.processID) })
  }

  private var children: [ChildProcess] { started.withLock { $0 } }

  /// Starts the services, those that others call first, and waits until all serve.
  ///
  /// - Throws: ``PipelineError`` when one cannot be started or does not come up, with the end of its log;
  ///   all are ended then.
  public static func start(state: StateFolder, options: Options = Options()) async throws -> Suite {
    let suite = try Suite(state: state, options: options)
    do {
      for wave in SuiteService.waves {
        for service in wave { try suite.spawn(service) }
        for service in wave { try await suite.waitUntilServing(service, limit: options.startLimit) }
      }
      try SuiteListing(suite).write(state)
      return suite
    } catch {
      await suite.stop()
      throw error
    }
  }

  private let executables: String
  private let configuration: String?
  private let sidePorts: [String: Int]
  /// What operators' calls to the gateway must show: RECSYS_OPERATOR_TOKEN, or one made for this run.
  let operatorToken: String

  private init(state: StateFolder, options: Options) throws {
    self.state = state
    executables = try options.executables ?? Self.ownFolder()
    configuration = options.configuration ?? Self.configurationFolder(above: executables)
    let services = SuiteService.waves.joined()
    let free = options.anyPorts ? try FreePort.find(count: services.count * 2) : []
    var ports: [String: Int] = [:]
    var sidePorts: [String: Int] = [:]
    for (index, service) in services.enumerated() {
      ports[service.name] = options.anyPorts ? free[2 * index] : service.defaultPort
      sidePorts[service.name] =
        options.anyPorts ? free[2 * index + 1] : service.defaultPort + 1000
    }
    self.ports = ports
    self.sidePorts = sidePorts
    let given = ProcessInfo.processInfo.environment["RECSYS_OPERATOR_TOKEN"] ?? ""
    operatorToken = given.isEmpty ? Self.randomToken() : given
    try FileManager.default.createDirectory(
      atPath: state.logsPath, withIntermediateDirectories: true)
  }

  private func waitUntilServing(_ service: SuiteService, limit: Duration) async throws {
    let deadline = ContinuousClock.now + limit
    guard let child = children.first(where: { $0.name == service.name }) else { return }
    let check = try HealthCheck(target: "127.0.0.1:\(ports[service.name] ?? 0)")
    while !(await check.isServing(within: .milliseconds(250))) {
      if let ending = child.ending { throw failure(child, "ended (\(ending)) while starting") }
      guard ContinuousClock.now < deadline else { throw failure(child, "does not serve in time") }
      try await Task.sleep(for: .milliseconds(30))
    }
  }

  /// Waits until one of the services ends by itself.
  ///
  /// - Returns: its name and the end of its log.
  public func waitUntilOneEnds() async -> PipelineError {
    await withTaskGroup(of: PipelineError.self) { group in
      for child in children {
        group.addTask { [self] in
          let ending = await child.waitUntilEnd()
          return failure(child, "ended by itself (\(ending))")
        }
      }
      return await group.next() ?? PipelineError(.service, "no service")
    }
  }

  /// Ends all: asks with SIGTERM, the gateway first, and after the grace period kills what is left.
  public func stop(grace: Duration = .seconds(15)) async {
    for child in children.reversed() { child.send(SIGTERM) }
    let killer = Task { [children] in
      try await Task.sleep(for: grace)
      for child in children { child.send(SIGKILL) }
    }
    for child in children { _ = await child.waitUntilEnd() }
    killer.cancel()
    SuiteListing.remove(state)
  }

  private func failure(_ child: ChildProcess, _ what: String) -> PipelineError {
    let path = "\(state.logsPath)/\(child.name).log"
    let log = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    let tail = (log ?? "").split(separator: "\n").suffix(5).joined(separator: "\n")
    return PipelineError(.service, "service \(child.name) \(what); the end of \(path):\n\(tail)")
  }

  private func spawn(_ service: SuiteService) throws {
    var environment = ProcessInfo.processInfo.environment
    environment["RECSYS_SERVER_PORT"] = "\(ports[service.name] ?? service.defaultPort)"
    environment["RECSYS_SIDE_PORT"] = "\(sidePorts[service.name] ?? 0)"
    environment["RECSYS_REGISTRY_PATH"] = state.modelsPath
    environment["RECSYS_STORE_PATH"] = state.featuresPath
    if service.name == "gateway" { environment["RECSYS_OPERATOR_TOKEN"] = operatorToken }
    for (name, port) in ports {
      environment["RECSYS_BACKENDS_\(name.uppercased())"] = "127.0.0.1:\(port)"
    }
    // One request's work stays on one core: the services are parallel by requests.
    environment["OMP_NUM_THREADS"] = environment["OMP_NUM_THREADS"] ?? "1"
    environment["OPENBLAS_NUM_THREADS"] = environment["OPENBLAS_NUM_THREADS"] ?? "1"
    var arguments: [String] = []
    if let configuration {
      let file = "\(configuration)/\(service.name).yaml"
      if FileManager.default.isReadableFile(atPath: file) { arguments = ["--config", file] }
    }
    let path = "\(executables)/\(service.executable)"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw PipelineError(.service, "\(path) is not there: build the suite first")
    }
    let child = try ChildProcess(
      name: service.name, executable: path, arguments: arguments, environment: environment,
      logPath: "\(state.logsPath)/\(service.name).log")
    started.withLock { $0.append(child) }
  }

  /// 256 bits in hexadecimal digits.
  private static func randomToken() -> String {
    (0..<4).map { _ in
      let digits = String(UInt64.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  private static func ownFolder() throws -> String {
    let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(fileURLWithPath: path).deletingLastPathComponent().path
  }

  private static func configurationFolder(above folder: String) -> String? {
    var url = URL(fileURLWithPath: folder)
    while url.path != "/" {
      let candidate = url.appendingPathComponent("Deploy/config").path
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
      url.deleteLastPathComponent()
    }
    return nil
  }
}
