import Datasets
import Foundation
import PipelineJobs
import RPC
import RecommendationProtos
import ServiceContracts
import Synchronization

/// Load before, during and after the switches.
struct SwapRun: Sendable {
  /// When the label moves, as shares of the middle part, and whether to the other ranker.
  private static let moves: [(at: Double, toChallenger: Bool)] = [
    (0.15, true), (0.45, false), (0.65, true), (0.85, false),
  ]

  private let client: GatewayClient
  private let ranking: RankingClient
  private let users: [String]
  private let rankers: SwapState.Rankers
  private let options: SwapOptions

  init(
    suite: Suite, state: StateFolder, rankers: SwapState.Rankers, options: SwapOptions
  ) throws {
    client = GatewayClient(channel: try Channel(target: suite.gatewayTarget))
    ranking = RankingClient(
      channel: try Channel(target: "127.0.0.1:\(suite.ports["ranking"] ?? 0)"))
    users = try state.requireDataset().users.map(\.externalID)
    self.rankers = rankers
    self.options = options
  }

  func measure() async throws -> SwapReport {
    // For connections, caches, and inputs that the new model can be warmed on.
    _ = try await load(seconds: min(10, options.seconds))
    let before = try await load(seconds: options.seconds)
    async let loaded = load(seconds: options.seconds)
    let switches = try await move()
    let during = try await loaded
    let after = try await load(seconds: options.seconds)
    return SwapReport(
      rate: options.rate, replicas: options.replicas, rankers: rankers, before: before,
      during: during, after: after, switchMilliseconds: switches)
  }

  /// Moves the label there and back.
  ///
  /// - Returns: how long each move took, in milliseconds.
  private func move() async throws -> [Double] {
    let start = ContinuousClock.now
    var took: [Double] = []
    for move in Self.moves {
      try await Task.sleep(until: start + .seconds(move.at * options.seconds))
      var request = Recsys_Ranking_V1_SetLabelRequest()
      request.label = "production"
      request.version = move.toChallenger ? rankers.challenger : rankers.serving
      let begun = ContinuousClock.now
      _ = try await ranking.setLabel(request, options: CallOptions(timeout: .seconds(60)))
      took.append((ContinuousClock.now - begun) / .milliseconds(1))
    }
    return took
  }

  /// One part: what was asked, how long it took, and which ranker answered.
  private func load(seconds: Double) async throws -> SwapPart {
    let seen = Mutex(SwapPart.Seen())
    let plan = LoadGeneratorPlan(
      requestsPerSecond: options.rate, duration: .seconds(seconds))
    let report = try await LoadGenerator.run(plan) { index in
      var request = Recsys_Gateway_V1_RecommendRequest()
      request.subject.userID = users[index % users.count]
      request.noCache = true
      let response = try await client.recommend(request, options: CallOptions(timeout: .seconds(1)))
      seen.withLock { $0.add(response) }
    }
    return SwapPart(load: report, seen: seen.withLock { $0 })
  }
}
