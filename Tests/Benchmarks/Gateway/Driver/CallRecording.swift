import Foundation
import RPC
import PipelineJobs

/// Records what a gateway says to the suite's services: a second gateway is started for it, behind a proxy.
struct CallRecording {
  let state: StateFolder
  /// Ports of the running services by name.
  let ports: [String: Int]

  private static let requestCount = 40

  /// Makes some requests one after the other.
  ///
  /// - Returns: the calls behind a request, and what was seen of the answers.
  func run(_ users: (String) throws -> SuiteRequests) async throws -> (
    RecordedCalls, SuiteRequests.Seen
  ) {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "recsys-bench-\(ProcessInfo.processInfo.processIdentifier).calls")
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let services = ports.keys.filter { $0 != "gateway" }.sorted()
    let proxy = try ChildProgram(
      "bench-chain-cxx", ["record", file.path] + services.map { "\($0)=\(ports[$0] ?? 0)" })
    defer { proxy.stop() }
    let doors = proxy.line.split(separator: " ").map(String.init)
    guard doors.count == services.count else { throw Problem("the proxy gave no ports") }
    let port = try FreePort.find(count: 1)[0]
    let gateway = try startGateway(
      port: port, Dictionary(uniqueKeysWithValues: zip(services, doors)))
    defer {
      gateway.terminate()
      gateway.waitUntilExit()
    }
    let requests = try users("127.0.0.1:\(port)")
    // The first ones find no connections and cold caches.
    try await warmUp(requests)
    let before = try Data(contentsOf: file).count
    for number in 0..<Self.requestCount {
      try await requests.send(10_000 + number, timeout: .seconds(10), isLookedAt: true)
    }
    let seen = requests.takeSeen()
    guard seen.degraded.isEmpty, seen.shortSlates == 0 else {
      throw Problem(
        "slates were not whole while calls were recorded: degraded \(seen.degraded), "
          + "\(seen.shortSlates) of \(seen.answers) too short")
    }
    let text = String(decoding: try Data(contentsOf: file).dropFirst(before), as: UTF8.self)
    return (try RecordedCalls(text, requests: Self.requestCount), seen)
  }

  /// Asks until slates come whole, but not for ever.
  private func warmUp(_ requests: SuiteRequests) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while true {
      do {
        try await requests.send(0, timeout: .seconds(10), isLookedAt: false)
        break
      } catch let error as RPCError where error.code == .unavailable && .now < deadline {
        // A gateway says so until it has its catalogue and its connections.
        try await Task.sleep(for: .milliseconds(100))
      }
    }
    for attempt in 0..<10 {
      for number in 0..<Self.requestCount {
        try await requests.send(
          attempt * 100 + number, timeout: .seconds(10), isLookedAt: false)
      }
      let seen = requests.takeSeen()
      if seen.degraded.isEmpty, seen.shortSlates == 0 { return }
    }
  }

  private func startGateway(port: Int, _ doors: [String: String]) throws -> Process {
    let process = Process()
    process.executableURL = ChildProgram.folder.appendingPathComponent("recsys-gateway")
    if let configuration = Self.configuration { process.arguments = ["--config", configuration] }
    var environment = ProcessInfo.processInfo.environment
    environment["RECSYS_SERVER_PORT"] = "\(port)"
    environment["RECSYS_SIDE_PORT"] = "-1"
    environment["RECSYS_REGISTRY_PATH"] = state.modelsPath
    for (name, door) in doors {
      environment["RECSYS_BACKENDS_\(name.uppercased())"] = "127.0.0.1:\(door)"
    }
    process.environment = environment
    let log = state.logsPath + "/gateway-recorded.log"
    try Data().write(to: URL(fileURLWithPath: log))
    guard let output = FileHandle(forWritingAtPath: log) else { throw Problem("no log at \(log)") }
    process.standardOutput = output
    process.standardError = output
    try process.run()
    return process
  }

  /// The gateway's file in `Deploy/config`, as the suite's own gateway reads it.
  private static var configuration: String? {
    var folder = ChildProgram.folder
    while folder.path != "/" {
      let file = folder.appendingPathComponent("Deploy/config/gateway.yaml").path
      if FileManager.default.isReadableFile(atPath: file) { return file }
      folder.deleteLastPathComponent()
    }
    return nil
  }
}
