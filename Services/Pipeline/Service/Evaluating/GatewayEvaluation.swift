public import Evaluation
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// Measures the running suite: asks the gateway for each user's slate as of the end of the training
/// data, and compares it with what the user did next.
public struct GatewayEvaluation: Sendable {
  /// Where the gateway listens.
  public var target: String
  /// So many users drawn at random; nil for all.
  public var sampleSize: Int?
  /// Of the sample.
  public var seed: UInt64
  /// Whether slates are left unspread; nil leaves it to the gateway's policy.
  public var isDiversityOff: Bool
  /// As the report names it.
  var name = "gateway"
  /// What is asked for otherwise than usual.
  var change: @Sendable (inout Recsys_Gateway_V1_RecommendRequest) -> Void = { _ in }
  /// Calls at once.
  public var concurrency = 8

  /// An evaluation.
  public init(
    target: String, sampleSize: Int? = nil, seed: UInt64 = 1, isDiversityOff: Bool = false
  ) {
    self.target = target
    self.sampleSize = sampleSize
    self.seed = seed
    self.isDiversityOff = isDiversityOff
  }

  /// The suite's report, with popularity and als measured on the same users.
  public struct Outcome: Sendable, Codable {
    /// Figures of the gateway.
    public var report: EvaluationReport
    /// Slates that came degraded, asked for twice.
    public var degradedCount: Int
    /// Slates with fewer items than were asked for.
    public var shortCount: Int
    /// Users whose requests failed twice, by code or kind of failure.
    public var failures: [String: Int]
  }

  private struct Answer: Sendable {
    var user: UserID
    var items: [ItemID] = []
    var isDegraded = false
    var isShort = false
    var failure: String?
  }

  /// Asks and measures.
  public func run(in state: StateFolder, progress: ProgressPrinter) async throws -> Outcome {
    let log = TrainingLog(try state.requireDataset())
    let held = HeldOutCases(log, sampleSize: sampleSize, seed: seed)
    let client = GatewayClient(channel: try Channel(target: target))
    var answers = await ask(held.cases, held, client, progress)
    // What a busy machine left out says nothing of the models: such users are asked once more, at the end.
    let poor = Set(answers.filter { $0.isDegraded || $0.failure != nil }.map(\.user))
    if !poor.isEmpty {
      progress.say("asking \(poor.count) users again whose slates came degraded or not at all")
      answers.removeAll { poor.contains($0.user) }
      answers += await ask(held.cases.filter { poor.contains($0.user) }, held, client, progress)
    }
    let ranking = held.rankingProtocol(log)
    let rowOfItem = Dictionary(
      uniqueKeysWithValues: ranking.items.indices.map { (ranking.items[$0], $0) })
    let slates = Dictionary(answers.map { ($0.user, $0.items) }) { first, _ in first }
    let report = try ranking.evaluate(name) { one, scores in
      scores.update(repeating: -.infinity)
      for (place, item) in (slates[one.user] ?? []).enumerated() {
        if let row = rowOfItem[item] { scores[row] = -Float(place) }
      }
    }
    return Outcome(
      report: report, degradedCount: answers.filter(\.isDegraded).count,
      shortCount: answers.filter(\.isShort).count,
      failures: Dictionary(grouping: answers.compactMap(\.failure)) { $0 }.mapValues(\.count))
  }

  private func ask(
    _ cases: [EvaluationCase], _ held: HeldOutCases, _ client: GatewayClient,
    _ progress: ProgressPrinter
  ) async -> [Answer] {
    await withTaskGroup(of: Answer.self) { group in
      var rest = cases.makeIterator()
      var answers: [Answer] = []
      func addNext() {
        guard let next = rest.next(), let name = held.externalIDs[next.user] else { return }
        let request = request(name, at: held.timeMilliseconds)
        group.addTask { await answer(next.user, request, client) }
      }
      for _ in 0..<max(1, concurrency) { addNext() }
      for await answer in group {
        answers.append(answer)
        progress.report(
          "asking the gateway", done: answers.count, total: cases.count, unit: "slates")
        addNext()
      }
      return answers
    }
  }

  private func request(_ user: String, at time: Int64) -> Recsys_Gateway_V1_RecommendRequest {
    var request = Recsys_Gateway_V1_RecommendRequest()
    request.subject.userID = user
    request.count = 20
    request.excludeSeen = true
    request.explain = .none
    if isDiversityOff { request.diversity.mode = .off }
    request.context.time = Google_Protobuf_Timestamp(
      seconds: time / 1000, nanos: Int32(time % 1000) * 1_000_000)
    request.noCache = true
    change(&request)
    return request
  }

  private func answer(
    _ user: UserID, _ request: Recsys_Gateway_V1_RecommendRequest, _ client: GatewayClient
  ) async -> Answer {
    do {
      let response = try await client.recommend(
        request, options: CallOptions(timeout: .seconds(5)))
      return Answer(
        user: user, items: response.items.map { ItemID(external: $0.itemID) },
        isDegraded: !response.degraded.isEmpty, isShort: response.items.count < Int(request.count))
    } catch let error as RPCError {
      return Answer(user: user, failure: "\(error.code)")
    } catch {
      return Answer(user: user, failure: "\(type(of: error))")
    }
  }
}
