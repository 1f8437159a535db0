import Datasets
import Foundation
import PipelineJobs
import RPC
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization

/// The full request, for known users drawn alike, and what is seen of the answers.
final class SuiteRequests: Sendable {
  /// What the answers were like.
  struct Seen: Sendable {
    var answers = 0
    var degraded: [String: Int] = [:]
    /// Slates of fewer items than were asked for.
    var shortSlates = 0
    /// Items that came without a reason, and all items, of the answers that were taken apart.
    var unexplained = 0
    var lookedAtItems = 0
    var fromCache = 0
    /// Candidates that were ranked, by answer.
    var candidates: [Int] = []
    var sources: Set<String> = []
    var versions: Set<String> = []
    var requestBytes: [Int] = []
    var replyBytes: [Int] = []
  }

  private let client: GatewayClient
  private let users: [String]
  private let end: Int64
  private let state = Mutex(Seen())

  init(target: String, dataset: Dataset) throws {
    client = GatewayClient(channel: try Channel(target: target))
    users = dataset.users.map(\.externalID)
    end = dataset.interactions.timesMilliseconds.last ?? 0
  }

  /// Asks for a slate of 20 with reasons, made anew.
  ///
  /// - Parameter isLookedAt: whether the answer is taken apart: only some are, since that costs time.
  func send(_ number: Int, timeout: Duration, isLookedAt: Bool) async throws {
    var request = Recsys_Gateway_V1_RecommendRequest()
    // Neighbours in the numbering are strangers in the order of users.
    request.subject.userID = users[(number &* 2_654_435_761) % users.count]
    request.count = 20
    request.noCache = true
    request.context.time = Google_Protobuf_Timestamp(
      seconds: end / 1000, nanos: Int32(end % 1000) * 1_000_000)
    let options = CallOptions(timeout: timeout, waitForReady: true)
    guard isLookedAt else {
      let slate = SlateSummary(
        try await client.channel.call(SlateSummary.method, request, options: options))
      return state.withLock { seen in
        seen.answers += 1
        for entry in slate.degraded { seen.degraded[entry, default: 0] += 1 }
        if slate.isFromCache { seen.fromCache += 1 }
        if slate.itemIDs.count < 20 { seen.shortSlates += 1 }
      }
    }
    let response = try await client.recommend(request, options: options)
    state.withLock { Self.look(at: response, to: request, &$0) }
  }

  /// What was seen since the last time.
  func takeSeen() -> Seen {
    state.withLock { seen in
      defer { seen = Seen() }
      return seen
    }
  }

  private static func look(
    at response: Recsys_Gateway_V1_RecommendResponse,
    to request: Recsys_Gateway_V1_RecommendRequest, _ seen: inout Seen
  ) {
    seen.answers += 1
    for entry in response.degraded {
      seen.degraded["\(entry.component) (\(entry.reason))", default: 0] += 1
    }
    if response.fromCache { seen.fromCache += 1 }
    if response.items.count < 20 { seen.shortSlates += 1 }
    seen.lookedAtItems += response.items.count
    seen.unexplained += response.items.count { $0.reason.text.isEmpty }
    if let ranking = response.stageTimings.first(where: { $0.stage == "ranking" }) {
      seen.candidates.append(Int(ranking.countIn))
    }
    for item in response.items { seen.sources.formUnion(item.sources.map(\.source)) }
    seen.versions.formUnion(response.versions.map { "\($0.component) \($0.version)" })
    // A message that was received can be written again.
    if let asked = try? request.serializedData(), let answered = try? response.serializedData() {
      seen.requestBytes.append(asked.count)
      seen.replyBytes.append(answered.count)
    }
  }
}
