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
    /// Processes of each service. The Feature service has one all the same while its store is embedded: a store
    /// in a folder has one owner.
    public var replicas = 1
    /// A Redis server for the online state and the response cache; nil: what the configuration files say.
    public var redis: String?
    /// Settings for the services beside those of this process's environment, e.g. `RECSYS_CACHE_BYTES`.
    public var environment: [String: String] = [:]
    /// How long a service may take until it serves.
    public var startLimit: Duration = .seconds(60)
    /// The default options.
    public init() {}
  }

  private struct Running {
    var children: [ChildProcess] = []
    var isStopping = false
  }

  private let running = Mutex(Running())
  private let instances: [SuiteInstance]
  /// Port of each process by its name: `ranking`, and for further replicas `ranking-2`.
  public var ports: [String: Int] {
    Dictionary(uniqueKeysWithValues: instances.map { ($0.name, $0.port) })
  }
  /// Port of each process's metrics and health pages, by its name.
  public var sidePorts: [String: Int] {
    Dictionary(uniqueKeysWithValues: instances.map { ($0.name, $0.sidePort) })
  }
  private let state: StateFolder

  /// Where the gateway listens: one address, or those of its replicas.
  public var gatewayTarget: String { target(of: "gateway") }
  /// Process ids by name.
  public var processIDs: [String: Int32] {
    Dictionary(uniqueKeysWithValues: children.map { ($0.name, $0.processID) })
  }

  private var children: [ChildProcess] { running.withLock { $0.children } }

  /// Starts the services, those that others call first, and waits until all serve.
  ///
  /// - Throws: ``PipelineError`` when one cannot be started or does not come up, with the end of its log;
  ///   all are ended then.
  public static func start(state: StateFolder, options: Options = Options()) async throws -> Suite {
    let suite = try Suite(state: state, options: options)
    do {
      for wave in SuiteService.waves {
        let instances = suite.instances.filter { wave.contains($0.service) }
        for instance in instances { try suite.spawn(instance) }
        for instance in instances {
          try await suite.waitUntilServing(instance, limit: options.startLimit)
        }
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
  private let redis: String?
  private let environment: [String: String]
  /// What operators' calls to the gateway must show: RECSYS_OPERATOR_TOKEN, or one made for this run.
  let operatorToken: String

  private init(state: StateFolder, options: Options) throws {
    self.state = state
    executables = try options.executables ?? Self.ownFolder()
    configuration = options.configuration ?? Self.configurationFolder(above: executables)
    redis = options.redis
    environment = options.environment
    instances = try SuiteInstance.all(options)
    let given = ProcessInfo.processInfo.environment["RECSYS_OPERATOR_TOKEN"] ?? ""
    operatorToken = given.isEmpty ? Self.randomToken() : given
    try FileManager.default.createDirectory(
      atPath: state.logsPath, withIntermediateDirectories: true)
  }

  private func waitUntilServing(_ instance: SuiteInstance, limit: Duration) async throws {
    let deadline = ContinuousClock.now + limit
    guard let child = children.first(where: { $0.name == instance.name }) else { return }
    let check = try HealthCheck(target: instance.target)
    while !(await check.isServing(within: .milliseconds(250))) {
      if let ending = child.ending { throw failure(child, "ended (\(ending)) while starting") }
      guard ContinuousClock.now < deadline else { throw failure(child, "does not serve in time") }
      try await Task.sleep(for: .milliseconds(30))
    }
  }

  /// Waits until a service without replicas ends by itself. A replica that ends is started again.
  ///
  /// - Parameter onRestart: is told of a replica that ended: what happened, with the end of its log.
  /// - Returns: what ended, with the end of its log.
  public func waitUntilOneEnds(
    onRestart: @escaping @Sendable (PipelineError) -> Void = { _ in }
  ) async -> PipelineError {
    await withTaskGroup(of: PipelineError.self) { group in
      for instance in instances {
        group.addTask { [self] in await watch(instance, onRestart) }
      }
      return await group.next() ?? PipelineError(.service, "no service")
    }
  }

  /// Starts a replica again whenever it ends, with a pause, so that one that cannot start does not spin.
  private func watch(
    _ instance: SuiteInstance, _ onRestart: @Sendable (PipelineError) -> Void
  ) async -> PipelineError {
    while true {
      guard let child = children.first(where: { $0.name == instance.name }) else {
        return PipelineError(.service, "\(instance.name) was never started")
      }
      let ending = await child.waitUntilEnd()
      let what = failure(child, "ended by itself (\(ending))")
      guard instance.hasSiblings, !running.withLock({ $0.isStopping }) else { return what }
      onRestart(what)
      do {
        try await Task.sleep(for: .milliseconds(500))
        guard !running.withLock({ $0.isStopping }) else { return what }
        try spawn(instance)
        try SuiteListing(self).write(state)
      } catch {
        return PipelineError(.service, "\(instance.name) cannot be started again", cause: error)
      }
    }
  }

  /// Ends all: asks with SIGTERM, the gateway first, and after the grace period kills what is left.
  public func stop(grace: Duration = .seconds(15)) async {
    let children = running.withLock { running in
      running.isStopping = true
      return running.children
    }
    for child in children.reversed() { child.send(SIGTERM) }
    let killer = Task {
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

  private func spawn(_ instance: SuiteInstance) throws {
    let service = instance.service
    var environment = ProcessInfo.processInfo.environment.merging(self.environment) { $1 }
    environment["RECSYS_SERVER_PORT"] = "\(instance.port)"
    environment["RECSYS_SIDE_PORT"] = "\(instance.sidePort)"
    environment["RECSYS_REGISTRY_PATH"] = state.modelsPath
    environment["RECSYS_STORE_PATH"] = state.featuresPath
    environment["RECSYS_PAGING_KEY_FILE"] =
      environment["RECSYS_PAGING_KEY_FILE"] ?? state.root + "/paging.key"
    environment["RECSYS_RULES_PATH"] = environment["RECSYS_RULES_PATH"] ?? state.rulesPath
    if service.name == "gateway" { environment["RECSYS_OPERATOR_TOKEN"] = operatorToken }
    environment["RECSYS_STORE_EVENT_QUEUE_PATH"] = "\(state.featuresPath)-queue-\(instance.replica)"
    if let redis {
      environment["RECSYS_STORE_BACKEND"] = "redis"
      environment["RECSYS_REDIS_URL"] = redis
    }
    for name in Set(instances.map(\.service.name)) {
      environment["RECSYS_BACKENDS_\(name.uppercased())"] = target(of: name)
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
      name: instance.name, executable: path, arguments: arguments, environment: environment,
      logPath: "\(state.logsPath)/\(instance.name).log")
    let isLate = running.withLock { running in
      // In the place of the one before it, so that the order of the start stays.
      if let place = running.children.firstIndex(where: { $0.name == instance.name }) {
        running.children[place] = child
      } else {
        running.children.append(child)
      }
      return running.isStopping
    }
    if isLate { child.send(SIGTERM) }
  }

  private func target(of service: String) -> String {
    instances.filter { $0.service.name == service }.map(\.target).joined(separator: ",")
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
