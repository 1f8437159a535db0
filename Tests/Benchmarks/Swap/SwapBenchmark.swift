import Foundation
import PipelineJobs

/// Exchanges the ranker for one with other features and back, while the load runs, and says what the requests
/// felt of it.
///
/// The suite is a real one: five processes on free ports. The other ranker lies in the registry without being
/// loaded; the first switch has to load, check and warm it. Then the label goes back, and forth once more.
@main
enum SwapBenchmark {
  static func main() async {
    do {
      let options = try SwapOptions(CommandLine.arguments.dropFirst())
      let isSound = try await run(options)
      exit(isSound ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("bench swap: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func run(_ options: SwapOptions) async throws -> Bool {
    let folder = try SwapState.prepare(options)
    defer { SwapState.remove(folder) }
    let state = StateFolder(folder.path)
    let rankers = try await SwapState.rankers(in: state, options)
    var suiteOptions = Suite.Options()
    suiteOptions.anyPorts = true
    suiteOptions.replicas = options.replicas
    suiteOptions.executables = options.executables
    let suite = try await Suite.start(state: state, options: suiteOptions)
    let result: Result<SwapReport, any Error>
    do {
      let run = try SwapRun(suite: suite, state: state, rankers: rankers, options: options)
      result = .success(try await run.measure())
    } catch {
      result = .failure(error)
    }
    await suite.stop()
    let report = try result.get()
    print(report.text)
    if let path = options.jsonPath { try report.write(to: path) }
    return report.errors == 0
  }
}
