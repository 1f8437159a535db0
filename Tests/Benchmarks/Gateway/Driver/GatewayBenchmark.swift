import Artifacts
import Datasets
import Foundation
import PipelineJobs
import Rankers

/// Measures the suite and the bare chain, round by round, and prints medians.
struct GatewayBenchmark {
  let options: BenchmarkOptions

  init(_ options: BenchmarkOptions) { self.options = options }

  func run() async throws {
    let progress = ProgressPrinter()
    let state = try await BenchmarkState(options, progress: progress).folder
    let shape = try Self.rankerShape(state)
    var suiteOptions = Suite.Options()
    suiteOptions.anyPorts = true
    // At saturation too every request is the whole work: the gateway would rank fewer candidates.
    suiteOptions.environment = ["RECSYS_OVERLOAD_MINIMUM_WIDTH": "1"]
    let suite = try await Suite.start(state: state, options: suiteOptions)
    do {
      let report = try await measure(suite, state, shape, progress)
      await suite.stop()
      print(report.table)
      if let path = options.json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(report).write(to: URL(fileURLWithPath: path))
      }
    } catch {
      await suite.stop()
      throw error
    }
  }

  private static func rankerShape(_ state: StateFolder) throws -> TreeEnsembleShape? {
    let version = try state.registry.resolve(kind: RankerFiles.bundleKind, label: "production")
    let bundle = try state.registry.open(kind: RankerFiles.bundleKind, version: version)
    return try TreeEnsembleShape(
      RankerFiles.load(from: bundle.directory, threads: 1))
  }

  private func measure(
    _ suite: Suite, _ state: StateFolder, _ shape: TreeEnsembleShape?, _ progress: ProgressPrinter
  ) async throws -> BenchmarkReport {
    let dataset = try state.requireDataset()
    progress.say("recording the calls behind a request")
    let (recorded, seen) = try await CallRecording(state: state, ports: suite.ports).run {
      try SuiteRequests(target: $0, dataset: dataset)
    }
    let chain = try BareChain(
      recorded, requestBytes: RecordedCalls.median(seen.requestBytes),
      replyBytes: RecordedCalls.median(seen.replyBytes))
    defer { chain.stop() }
    let requests = try SuiteRequests(target: suite.gatewayTarget, dataset: dataset)
    let processes = suite.processIDs.sorted { $0.key < $1.key }.map {
      LoadGeneratorProcess(name: $0.key, processID: $0.value)
    }
    let suiteLoad = Load(options: options, processes: processes, share: 1) { number in
      // One answer in sixteen is taken apart.
      try await requests.send(number, timeout: .seconds(1), isLookedAt: number % 16 == 0)
    }
    let chainLoad = Load(
      options: options, processes: chain.processes, share: 0.4, send: chain.send)
    // Connections, caches, and the pages of every program.
    _ = try await suiteLoad.saturated(seconds: 2)
    _ = try await chainLoad.saturated(seconds: 1)
    _ = requests.takeSeen()
    var rounds: [BenchmarkReport.Round] = []
    for round in 1...options.rounds {
      progress.say("round \(round) of \(options.rounds)")
      rounds.append(
        BenchmarkReport.Round(
          suite: try await suiteLoad.constant(), chain: try await chainLoad.constant(),
          saturatedSuite: try await suiteLoad.saturated(seconds: options.seconds * 0.6),
          saturatedChain: try await chainLoad.saturated(seconds: options.seconds * 0.3)))
    }
    return BenchmarkReport(
      options: options, dataset: dataset.name, items: dataset.items.count, shape: shape,
      recorded: recorded, recordedSeen: seen, seen: requests.takeSeen(), rounds: rounds)
  }
}

/// The two loads that are made on one target.
private struct Load {
  let options: BenchmarkOptions
  let processes: [LoadGeneratorProcess]
  /// How long, relative to the suite's loads.
  let share: Double
  let send: @Sendable (Int) async throws -> Void

  /// At a constant rate.
  func constant() async throws -> LoadGeneratorReport {
    try await LoadGenerator.run(
      LoadGeneratorPlan(
        requestsPerSecond: options.rate, duration: .seconds(options.seconds * share),
        warmUp: .seconds(1)), watching: processes, request: send)
  }

  /// As many as are answered.
  func saturated(seconds: Double) async throws -> LoadGeneratorReport {
    try await LoadGenerator.run(
      .closedLoop(
        inFlight: options.inFlight, duration: .seconds(seconds), warmUp: .seconds(0.5)),
      watching: processes, request: send)
  }
}
