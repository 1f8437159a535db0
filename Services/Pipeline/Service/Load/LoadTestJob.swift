import Datasets
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization

/// Loads a running gateway with Recommends at a constant rate, for users drawn by Zipf's law.
public struct LoadTestJob: Sendable {
  /// What a load test found.
  public struct Outcome: Sendable, Codable {
    /// Rates, latencies, errors by code, CPU by service.
    public var load: LoadGeneratorReport
    /// Share of the answers that said they were degraded, 0 to 1.
    public var degradedShare: Double
    /// Share of the answers with fewer items than asked for, 0 to 1.
    public var shortShare: Double

    /// A table for people.
    public var text: String {
      load.description
        + String(
          format: "\ndegraded %.2f %% of the answers, short %.2f %%", degradedShare * 100,
          shortShare * 100)
    }
  }

  /// Where the gateway listens.
  public var target: String
  /// Rate, duration and warm-up.
  public var plan: LoadGeneratorPlan
  /// Items a slate.
  public var count: UInt32
  /// Zipf's exponent: the user of rank r asks with a likelihood proportional to r^-exponent.
  public var zipfExponent: Double
  /// Of the users' order and of the draws.
  public var seed: UInt64
  /// Channels, each a connection of its own: one would serialise the load on one stream of bytes.
  public var channels = 4

  /// A load test.
  public init(
    target: String, plan: LoadGeneratorPlan, count: UInt32 = 20, zipfExponent: Double = 1,
    seed: UInt64 = 1
  ) {
    self.target = target
    self.plan = plan
    self.count = count
    self.zipfExponent = zipfExponent
    self.seed = seed
  }

  /// Runs it against the users of a state folder's dataset.
  public func run(in state: StateFolder) async throws -> Outcome {
    let names = try state.requireDataset().users.map(\.externalID)
    guard !names.isEmpty else { throw PipelineError(.missing, "the dataset has no users") }
    let users = ZipfSampler(count: names.count, exponent: zipfExponent, seed: seed)
    let clients = try (0..<max(1, channels)).map { _ in
      GatewayClient(channel: try Channel(target: target))
    }
    let degraded = Counter()
    let short = Counter()
    let report = try await LoadGenerator.run(plan, watching: Self.suiteProcesses()) { index in
      var request = Recsys_Gateway_V1_RecommendRequest()
      request.subject.userID = names[users.draw(index)]
      request.count = count
      let response = try await clients[index % clients.count].recommend(
        request, options: CallOptions(timeout: .seconds(2)))
      guard plan.due(index) >= plan.warmUp else { return }
      if !response.degraded.isEmpty { degraded.add() }
      if response.items.count < Int(count) { short.add() }
    }
    let answers = Double(max(1, report.succeeded))
    return Outcome(
      load: report, degradedShare: Double(degraded.value) / answers,
      shortShare: Double(short.value) / answers)
  }

  /// The suite's processes on this machine, and this one; a service that runs twice is left out, as the CPU of
  /// both would be no figure of either.
  private static func suiteProcesses() -> [LoadGeneratorProcess] {
    let names = SuiteService.all.map(\.executable)
    var found: [String: [Int32]] = [:]
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for case let pid? in entries.map({ Int32($0) }) {
      guard
        let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
      else { continue }
      let name = URL(fileURLWithPath: path).lastPathComponent
      if names.contains(name) { found[name, default: []].append(pid) }
    }
    return names.compactMap { name in
      guard let pids = found[name], pids.count == 1 else { return nil }
      return LoadGeneratorProcess(name: name, processID: pids[0])
    } + [LoadGeneratorProcess(name: "the load itself", processID: getpid())]
  }
}

/// A count that many tasks add to.
private final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add() { count.wrappingAdd(1, ordering: .relaxed) }
}
