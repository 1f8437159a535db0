import Foundation
import TestSupport
import Testing

@testable import PipelineJobs

@Suite struct SuiteTests {
  private static func start(_ script: String, in folder: TemporaryDirectory) throws -> ChildProcess
  {
    try ChildProcess(
      name: "child", executable: "/bin/sh", arguments: ["-c", script],
      environment: ["PATH": "/usr/bin:/bin", "GREETING": "hello"], logPath: folder.path("log"))
  }

  @Test func aChildsOutputEnvironmentAndEndAreKnown() async throws {
    let folder = try TemporaryDirectory("child")
    let child = try Self.start("echo $GREETING; echo oh >&2; exit 3", in: folder)
    #expect(await child.waitUntilEnd() == .exited(3))
    #expect(child.ending == .exited(3))
    let log = String(
      decoding: try #require(FileManager.default.contents(atPath: folder.path("log"))),
      as: UTF8.self)
    #expect(log == "hello\noh\n")
  }

  @Test func aSignalReachesTheChildEvenIfItsParentIgnoresIt() async {
    // In a process of its own, which ignores the signals from then on.
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryDirectory("child")
      let signals = StopSignals()
      let child = try Self.start("exec tail -f /dev/null", in: folder)
      child.send(SIGTERM)
      #expect(await child.waitUntilEnd() == .signalled(SIGTERM))
      child.send(SIGTERM)
      withExtendedLifetime(signals) {}
    }
  }

  @Test(.timeLimit(.minutes(1))) func theKernelEndsAChildWhoseParentIsKilled() async throws {
    let folder = try TemporaryDirectory("child")
    let lifeline = try Lifeline(folder.path("log"))
    // A parent that starts a child as the suite does, and stays. The child says that it has begun.
    let begin = "echo begun; exec tail -f /dev/null"
    let words = ChildProcess.bound(["/bin/sh", "-c", begin], to: "PARENT")
      .map { $0 == "PARENT" ? "$$" : "'\($0)'" }
    let parent = try Self.start("\(words.joined(separator: " ")) & wait", in: folder)
    #expect(await lifeline.firstLine() == "begun\n")
    parent.send(SIGKILL)
    #expect(await parent.waitUntilEnd() == .signalled(SIGKILL))
    await lifeline.waitUntilNobodyHoldsIt()
  }

  @Test func aChildWhoseParentHasGoneAlreadyDoesNotBegin() async throws {
    let folder = try TemporaryDirectory("child")
    let words = ChildProcess.bound(["/bin/echo", "begun"], to: "1").map { "'\($0)'" }
    let parent = try Self.start(words.joined(separator: " "), in: folder)
    #expect(await parent.waitUntilEnd() == .exited(1))
    #expect(FileManager.default.contents(atPath: folder.path("log")) == Data())
  }

  @Test func aProgramThatIsNotThereIsAnErrorThatNamesIt() async throws {
    let folder = try TemporaryDirectory("suite")
    var options = Suite.Options()
    options.executables = folder.url.path
    options.anyPorts = true
    await #expect {
      try await Suite.start(state: StateFolder(folder.path("var")), options: options)
    } throws: {
      ("\($0)").contains("recsys-features")
    }
  }

  @Test func replicasHaveNamesAndPortsOfTheirOwnButTheEmbeddedStoreHasOneOwner() throws {
    var options = Suite.Options()
    options.replicas = 2
    let instances = try SuiteInstance.all(options)
    #expect(instances.count == 9)
    #expect(instances.filter { $0.service.name == "features" }.map(\.name) == ["features"])
    #expect(
      instances.filter { $0.service.name == "ranking" }.map(\.target)
        == ["127.0.0.1:7073", "127.0.0.1:7173"])
    #expect(
      instances.first { $0.name == "ranking-2" }?.sidePort == 8173)
    #expect(instances.filter(\.hasSiblings).count == 8)
    options.anyPorts = true
    let free = try SuiteInstance.all(options)
    #expect(Set(free.flatMap { [$0.port, $0.sidePort] }).count == 18)
  }

  @Test func freePortsAreDifferent() throws {
    #expect(Set(try FreePort.find(count: 20)).count == 20)
  }

  @Test func progressSaysRateAndTimeLeft() {
    #expect(
      ProgressPrinter.line("reading", done: 50, total: 200, unit: "rows", seconds: 2, note: "")
        == "reading  50 of 200 rows  25.0 rows/s  6 s left")
    #expect(
      ProgressPrinter.line("reading", done: 7, total: 0, unit: "rows", seconds: 0, note: "x")
        == "reading  7 rows  x")
  }
}

/// A named pipe that processes write to: it ends when the last of them has gone.
private final class Lifeline: Sendable {
  private let handle: FileHandle

  init(_ path: String) throws {
    try #require(mkfifo(path, 0o600) == 0)
    // Without O_NONBLOCK it would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    try #require(descriptor >= 0 && fcntl(descriptor, F_SETFL, 0) == 0)
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// What is said first, once somebody has opened it.
  func firstLine() async -> String {
    await onThread { [handle] in String(decoding: handle.availableData, as: UTF8.self) }
  }

  func waitUntilNobodyHoldsIt() async {
    await onThread { [handle] in while !handle.availableData.isEmpty {} }
  }
}
