import Datasets
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization

/// Asks a running gateway for slates at a constant rate, whether or not the answers keep up. Users are drawn
/// by Zipf's law: a few ask often, most seldom.
public struct LoadTestJob: Sendable {
  /// Where the gateway listens; nil for the suite that runs on the state folder.
  public var target: String?
  /// Rate and length.
  public var plan: LoadGeneratorPlan
  /// Items a slate.
  public var count: UInt32 = 20
  /// Exponent of Zipf's law; 0 draws all users alike.
  public var skew = 1.0
  /// Time that a request has.
  public var timeout: Duration = .seconds(1)
  /// Whether reasons are asked for.
  public var wantsReasons = true
  /// Of the drawing of users.
  public var seed: UInt64 = 1

  /// A load.
  public init(target: String?, plan: LoadGeneratorPlan) {
    self.target = target
    self.plan = plan
  }

  /// What came of it.
  public struct Outcome: Sendable, Codable {
    /// Rates, latencies, errors, CPU by service.
    public var load: LoadGeneratorReport
    /// Slates that came degraded, by component.
    public var degraded: [String: Int]
    /// Share of the slates that came degraded.
    public var degradedShare: Double
    /// Slates that were empty.
    public var emptySlates: Int
  }

  private struct Seen {
    var slates = 0
    var degradedSlates = 0
    var empty = 0
    var components: [String: Int] = [:]
  }

  /// Makes the load.
  public func run(in state: StateFolder) async throws -> Outcome {
    let dataset = try state.requireDataset()
    let running = SuiteListing.read(state)
    guard let address = target ?? running?.gateway else {
      throw PipelineError(
        .missing, "no suite runs on \(state.root): start `recsys up`, or --gateway")
    }
    let processes = (running?.gateway == address ? running?.processIDs : nil) ?? [:]
    let client = GatewayClient(channel: try Channel(target: address))
    let drawing = ZipfDrawing(count: dataset.users.count, exponent: skew, seed: seed)
    let end = dataset.interactions.timesMilliseconds.last ?? 0
    let seen = Mutex(Seen())
    let names = dataset.users.map(\.externalID)
    let load = try await LoadGenerator.run(
      plan,
      watching: processes.sorted { $0.key < $1.key }.map {
        LoadGeneratorProcess(name: $0.key, processID: $0.value)
      }
    ) { index in
      let response = try await client.recommend(
        request(names[drawing.row(index)], at: end), options: CallOptions(timeout: timeout))
      seen.withLock { seen in
        seen.slates += 1
        if response.items.isEmpty { seen.empty += 1 }
        if !response.degraded.isEmpty { seen.degradedSlates += 1 }
        for entry in response.degraded { seen.components[entry.component, default: 0] += 1 }
      }
    }
    let result = seen.withLock { $0 }
    return Outcome(
      load: load, degraded: result.components,
      degradedShare: Double(result.degradedSlates) / Double(max(result.slates, 1)),
      emptySlates: result.empty)
  }

  private func request(_ user: String, at time: Int64) -> Recsys_Gateway_V1_RecommendRequest {
    var request = Recsys_Gateway_V1_RecommendRequest()
    request.subject.userID = user
    request.count = count
    if !wantsReasons { request.explain = .none }
    request.context.time = Google_Protobuf_Timestamp(
      seconds: time / 1000, nanos: Int32(time % 1000) * 1_000_000)
    return request
  }
}

extension LoadTestJob.Outcome: CustomStringConvertible {
  /// The figures for people.
  public var description: String {
    var lines = [load.description]
    lines.append(String(format: "degraded slates: %.3f %%", degradedShare * 100))
    for (component, count) in degraded.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(component): \(count)")
    }
    if emptySlates > 0 { lines.append("empty slates: \(emptySlates)") }
    return lines.joined(separator: "\n")
  }
}

/// Draws rows by Zipf's law; the order of the rows is shuffled, so that the busy ones are no special kind.
struct ZipfDrawing: Sendable {
  private let sums: [Double]
  private let order: [Int]
  private let seed: UInt64

  init(count: Int, exponent: Double, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    order = (0..<max(count, 1)).shuffled(using: &random)
    var sum = 0.0
    sums = order.indices.map { rank in
      sum += pow(Double(rank + 1), -exponent)
      return sum
    }
    self.seed = seed
  }

  /// The row of a draw: the same for the same number.
  func row(_ index: Int) -> Int {
    var random = SeededGenerator(seed: seed &+ UInt64(truncatingIfNeeded: index) &* 0x9e37_79b9)
    let target = Double.random(in: 0..<1, using: &random) * (sums.last ?? 1)
    var low = 0
    var high = sums.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > target { high = middle } else { low = middle + 1 }
    }
    return order[low]
  }
}
