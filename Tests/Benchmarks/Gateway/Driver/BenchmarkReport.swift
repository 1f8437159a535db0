import Foundation
import PipelineJobs
import Rankers

/// What is printed: medians over the rounds. Names are those of the JSON file.
struct BenchmarkReport: Encodable {
  /// One round's four loads.
  struct Round {
    var suite: LoadGeneratorReport
    var chain: LoadGeneratorReport
    var saturatedSuite: LoadGeneratorReport
    var saturatedChain: LoadGeneratorReport
  }

  var cpu_ms_per_request: Double
  var chain_cpu_ms_per_request: Double
  /// Suite over chain.
  var cpu_ratio: Double
  var saturated_rps: Double
  var chain_saturated_rps: Double
  var p50_ms: Double
  var p99_ms: Double
  var chain_p50_ms: Double
  var chain_p99_ms: Double
  /// Requests of the suite that failed, over all rounds.
  var errors: Int
  var errors_by_code: [String: Int]
  var chain_errors: Int
  var cpu_ms_by_service: [String: Double]
  var chain_cpu_ms_by_service: [String: Double]
  /// At saturation.
  var saturated_cpu_ms_per_request: Double
  var saturated_cpu_ms_by_service: [String: Double]
  var rate: Double
  var in_flight: Int
  var rounds: Int
  /// Median and least of the candidates that were ranked.
  var candidates: Int
  var candidates_min: Int
  var trees: Int
  var tree_depth: Int
  var features: Int
  var sources: [String]
  var versions: [String]
  var degraded: [String: Int]
  /// Slates of fewer items than were asked for.
  var short_slates: Int
  /// Share of the items that came without a reason: where no evidence bears one.
  var unexplained_share: Double
  var from_cache: Int
  var dataset: String
  var items: Int
  var request_bytes: Int
  var reply_bytes: Int
  var calls: [RecordedCalls.Call]
  var cores: Int
  /// Cores that neither suite, chain nor load generator used, at most, at the constant rate.
  var others_cores: Double
  var stolen_share: Double
  var load_generator_us_per_request: Double
  var load_generator_lag_p99_us: Int
  /// What a reader must know before believing the figures; empty: nothing.
  var notes: [String] = []

  init(
    options: BenchmarkOptions, dataset: String, items: Int, shape: TreeEnsembleShape?,
    recorded: RecordedCalls, recordedSeen: SuiteRequests.Seen, seen: SuiteRequests.Seen,
    rounds: [Round]
  ) {
    func median(_ value: (Round) -> Double?) -> Double { Self.median(rounds.compactMap(value)) }
    cpu_ms_per_request = median { $0.suite.microsecondsPerRequest } / 1000
    chain_cpu_ms_per_request = median { $0.chain.microsecondsPerRequest } / 1000
    cpu_ratio = cpu_ms_per_request / chain_cpu_ms_per_request
    saturated_rps = median { $0.saturatedSuite.succeededPerSecond }
    chain_saturated_rps = median { $0.saturatedChain.succeededPerSecond }
    p50_ms = median { ($0.suite.latency?.p50Microseconds).map(Double.init) } / 1000
    p99_ms = median { ($0.suite.latency?.p99Microseconds).map(Double.init) } / 1000
    chain_p50_ms = median { ($0.chain.latency?.p50Microseconds).map(Double.init) } / 1000
    chain_p99_ms = median { ($0.chain.latency?.p99Microseconds).map(Double.init) } / 1000
    let suites = rounds.flatMap { [$0.suite, $0.saturatedSuite] }
    errors_by_code = suites.reduce(into: [:]) { $0.merge($1.errors, uniquingKeysWith: +) }
    errors = errors_by_code.values.reduce(0, +)
    chain_errors = rounds.reduce(0) { $0 + $1.chain.failed + $1.saturatedChain.failed }
    cpu_ms_by_service = Self.byService(rounds.map(\.suite))
    chain_cpu_ms_by_service = Self.byService(rounds.map(\.chain))
    saturated_cpu_ms_per_request = median { $0.saturatedSuite.microsecondsPerRequest } / 1000
    saturated_cpu_ms_by_service = Self.byService(rounds.map(\.saturatedSuite))
    rate = options.rate
    in_flight = options.inFlight
    self.rounds = rounds.count
    candidates = seen.candidates.isEmpty ? 0 : RecordedCalls.median(seen.candidates)
    candidates_min = seen.candidates.min() ?? 0
    trees = shape?.treeCount ?? 0
    tree_depth = shape?.maxDepth ?? 0
    features = shape?.columnCount ?? 0
    sources = seen.sources.sorted()
    versions = seen.versions.sorted()
    degraded = seen.degraded
    short_slates = seen.shortSlates
    unexplained_share = Double(seen.unexplained) / Double(max(seen.lookedAtItems, 1))
    from_cache = seen.fromCache
    self.dataset = dataset
    self.items = items
    request_bytes = RecordedCalls.median(recordedSeen.requestBytes)
    reply_bytes = RecordedCalls.median(recordedSeen.replyBytes)
    calls = recorded.calls
    cores = ProcessInfo.processInfo.activeProcessorCount
    others_cores = rounds.compactMap { Self.othersCores($0.suite) }.max() ?? 0
    stolen_share = rounds.compactMap { $0.suite.machine?.stolenShare }.max() ?? 0
    load_generator_us_per_request = median { $0.suite.generator.microsecondsPerRequest }
    load_generator_lag_p99_us = rounds.map(\.suite.generator.lagP99Microseconds).max() ?? 0
    notes = Self.notes(self, rounds)
  }

  private static func notes(_ report: BenchmarkReport, _ rounds: [Round]) -> [String] {
    var notes: [String] = []
    func claim(_ holds: Bool, _ note: String) { if !holds { notes.append(note) } }
    claim(
      report.candidates >= 500,
      "only \(report.candidates) candidates were ranked (median), not 500: the work was less")
    claim(report.trees >= 300, "the ranker has \(report.trees) trees, not 300: the work was less")
    claim(report.tree_depth >= 6, "the deepest tree has depth \(report.tree_depth), not 6")
    claim(report.features >= 60, "the ranker reads \(report.features) features, not 60")
    claim(report.degraded.isEmpty, "slates came degraded: the work was less")
    claim(report.short_slates == 0, "slates lacked items: the work was less")
    claim(
      report.unexplained_share < 0.05,
      String(
        format: "%.0f %% of the items came without a reason: the work was less",
        report.unexplained_share * 100))
    claim(report.from_cache == 0, "slates came from the cache: the work was less")
    claim(report.errors == 0, "requests failed")
    claim(report.chain_errors == 0, "requests of the chain failed")
    claim(
      report.others_cores < 0.1,
      String(
        format: "the machine was not quiet: others used up to %.2f cores meanwhile",
        report.others_cores))
    claim(
      report.stolen_share < 0.02,
      String(format: "the hypervisor took up to %.0f %%", report.stolen_share * 100))
    for warning in Set(rounds.compactMap(\.suite.warning)).sorted() { notes.append(warning) }
    return notes
  }

  /// Cores that others kept busy: what the machine did, less what is known of.
  private static func othersCores(_ report: LoadGeneratorReport) -> Double? {
    guard let machine = report.machine, let own = report.generator.coreShare else { return nil }
    let known = report.processorTimes.compactMap(\.coreShare).reduce(own, +)
    return max(0, machine.busyShare * Double(machine.cores) - known)
  }

  private static func byService(_ reports: [LoadGeneratorReport]) -> [String: Double] {
    let names = Set(reports.flatMap { $0.processorTimes.map(\.name) })
    return Dictionary(
      uniqueKeysWithValues: names.map { name in
        let costs = reports.compactMap { report in
          report.processorTimes.first { $0.name == name }?.microsecondsPerRequest
        }
        return (name, median(costs) / 1000)
      })
  }

  private static func median(_ values: [Double]) -> Double {
    let values = values.sorted()
    // JSON has no number for nothing; a note says that requests failed.
    guard !values.isEmpty else { return 0 }
    let middle = values.count / 2
    return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
  }
}
