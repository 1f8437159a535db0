import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf

/// Makes the requests of a phase, number by number.
struct LoadRequests: Sendable {
  let client: GatewayClient
  let audience: LoadAudience
  let traffic: LoadTraffic
  let deadline: Duration
  let given: GivenSlates
  let quality: SlateQuality
  private let drawing: ZipfDrawing
  /// Kinds, and the sum of the shares up to each.
  private let kinds: [(kind: LoadTraffic.Kind, upTo: Double)]

  init(
    client: GatewayClient, audience: LoadAudience, traffic: LoadTraffic, deadline: Duration,
    given: GivenSlates, quality: SlateQuality
  ) {
    self.client = client
    self.audience = audience
    self.traffic = traffic
    self.deadline = deadline
    self.given = given
    self.quality = quality
    drawing = audience.drawing(skew: traffic.skew)
    var sum = 0.0
    kinds = LoadTraffic.Kind.allCases.compactMap { kind in
      guard let share = traffic.mix[kind], share > 0 else { return nil }
      sum += share
      return (kind, sum)
    }
  }

  /// Names of the kinds by their place in answers.
  static let names = LoadTraffic.Kind.allCases.map(\.rawValue)

  /// Makes a request, and says how it ended.
  func answer(_ index: Int) async -> LoadAnswer {
    var random = audience.random(index)
    var kind = kind(&random)
    do {
      switch kind {
      case .recommend: try await recommend(index, &random)
      case .nextPage:
        if let slate = given.takeWithNextPage() {
          try await nextPage(slate)
        } else {
          kind = .recommend
          try await recommend(index, &random)
        }
      case .similar: try await similar(&random)
      case .events: try await recordEvents(index, &random)
      }
      return LoadAnswer(kind: Self.place(kind))
    } catch {
      return LoadAnswer(kind: Self.place(kind), error: LoadAnswer.name(of: error))
    }
  }

  private static func place(_ kind: LoadTraffic.Kind) -> Int {
    LoadTraffic.Kind.allCases.firstIndex(of: kind) ?? 0
  }

  private func kind(_ random: inout SeededGenerator) -> LoadTraffic.Kind {
    guard kinds.count > 1, let all = kinds.last?.upTo else {
      return kinds.first?.kind ?? .recommend
    }
    let draw = Double.random(in: 0..<all, using: &random)
    return kinds.first { draw < $0.upTo }?.kind ?? .recommend
  }

  // MARK: The kinds

  private func recommend(_ index: Int, _ random: inout SeededGenerator) async throws {
    var request = Recsys_Gateway_V1_RecommendRequest()
    request.subject = audience.subject(index, traffic, drawing, &random)
    request.count = traffic.count
    request.explain = traffic.explain.level
    request.noCache = traffic.noCache
    request.policy = traffic.policy
    if let time = moment { request.context.time = time }
    try await take(request)
  }

  private func nextPage(_ slate: GivenSlates.Slate) async throws {
    var request = slate.request
    request.cursor = slate.cursor
    try await take(request)
  }

  private func take(_ request: Recsys_Gateway_V1_RecommendRequest) async throws {
    let answer = try await client.channel.call(
      SlateSummary.method, request, options: CallOptions(timeout: deadline))
    let slate = SlateSummary(answer)
    quality.count(slate)
    // Only some requests follow on others.
    if kinds.count > 1, request.cursor.isEmpty { given.add(slate, to: request) }
  }

  private func similar(_ random: inout SeededGenerator) async throws {
    var request = Recsys_Gateway_V1_SimilarItemsRequest()
    request.itemID = audience.item(&random)
    request.count = traffic.count
    _ = try await client.similarItems(request, options: CallOptions(timeout: deadline))
  }

  /// The impressions of a slate, and a click on one of its items, the upper ones more often.
  private func recordEvents(_ index: Int, _ random: inout SeededGenerator) async throws {
    let slate = given.newest
    let subject =
      slate?.request.subject ?? audience.subject(index, traffic, drawing, &random)
    let items = slate?.itemIDs ?? [audience.item(&random)]
    var event = Recsys_Common_V1_Event()
    event.userID = subject.userID
    event.sessionID = subject.session.sessionID
    event.attributionToken = slate?.attributionToken ?? ""
    if let time = moment { event.eventTime = time }
    var request = Recsys_Gateway_V1_RecordEventsRequest()
    for (place, item) in items.enumerated() {
      event.eventID = audience.eventID(index, place)
      event.itemID = item
      event.type = .impression
      event.position = UInt32(place + 1)
      request.events.append(event)
    }
    var clicked = 0
    while clicked < items.count - 1, Double.random(in: 0..<1, using: &random) < 0.7 { clicked += 1 }
    event.eventID = audience.eventID(index, items.count)
    event.itemID = items[clicked]
    event.type = .click
    event.position = UInt32(clicked + 1)
    request.events.append(event)
    let response = try await client.recordEvents(request, options: CallOptions(timeout: deadline))
    if let bad = response.results.first(where: { $0.status == .rejected }) {
      throw RPCError(.invalidArgument, "An event was rejected: \(bad.reason)")
    }
  }

  /// The moment that requests are for; nil: now.
  private var moment: Google_Protobuf_Timestamp? {
    guard traffic.moment == .data else { return nil }
    let time = audience.endMilliseconds
    return Google_Protobuf_Timestamp(
      seconds: time / 1000, nanos: Int32(time % 1000) * 1_000_000)
  }
}
