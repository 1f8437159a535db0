import Foundation
import TestSupport
import Testing

@testable import PipelineJobs

@Suite struct SuiteTests {
  private func start(_ script: String, in folder: TemporaryDirectory) throws -> ChildProcess {
    try ChildProcess(
      name: "child", executable: "/bin/sh", arguments: ["-c", script],
      environment: ["PATH": "/usr/bin:/bin", "GREETING": "hello"], logPath: folder.path("log"))
  }

  @Test func aChildsOutputEnvironmentAndEndAreKnown() async throws {
    let folder = try TemporaryDirectory("child")
    let child = try start("echo $GREETING; echo oh >&2; exit 3", in: folder)
    #expect(await child.waitUntilEnd() == .exited(3))
    #expect(child.ending == .exited(3))
    let log = String(
      decoding: try #require(FileManager.default.contents(atPath: folder.path("log"))),
      as: UTF8.self)
    #expect(log == "hello\noh\n")
  }

  @Test func aSignalReachesTheChildEvenIfItsParentIgnoresIt() async throws {
    let folder = try TemporaryDirectory("child")
    let signals = StopSignals()
    let child = try start("exec tail -f /dev/null", in: folder)
    child.send(SIGTERM)
    #expect(await child.waitUntilEnd() == .signalled(SIGTERM))
    child.send(SIGTERM)
    withExtendedLifetime(signals) {}
  }

  @Test func theKernelEndsAChildWhoseParentIsKilled() async throws {
    let folder = try TemporaryDirectory("child")
    // A parent that starts a child as the suite does, tells its number, and stays.
    let script = "/usr/bin/setpriv --pdeathsig TERM -- tail -f /dev/null & echo $!; wait"
    let parent = try start(script, in: folder)
    var number: pid_t?
    while number == nil {
      let text = FileManager.default.contents(atPath: folder.path("log"))
      number = text.flatMap { pid_t(String(decoding: $0, as: UTF8.self).dropLast()) }
      await Task.yield()
    }
    let grandchild = try #require(number)
    parent.send(SIGKILL)
    #expect(await parent.waitUntilEnd() == .signalled(SIGKILL))
    // It is adopted by init, which may take a moment to reap it; a zombie is dead too.
    while isAlive(grandchild) { await Task.yield() }
  }

  private func isAlive(_ number: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8) else {
      return false
    }
    return !status.contains(") Z ")
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
