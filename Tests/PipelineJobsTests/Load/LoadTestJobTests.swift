import Datasets
import Foundation
import FoundationXML
import RPC
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@testable import PipelineJobs

@Suite struct LoadTestJobTests {
  /// A gateway that answers at once and remembers what it was asked.
  private final class FakeGateway: Sendable {
    struct Seen {
      var recommends: [Recsys_Gateway_V1_RecommendRequest] = []
      var similar: [Recsys_Gateway_V1_SimilarItemsRequest] = []
      var events: [Recsys_Gateway_V1_RecordEventsRequest] = []
    }

    let seen = Mutex(Seen())
    let failsSimilar: Bool

    init(failsSimilar: Bool = false) { self.failsSimilar = failsSimilar }

    var definition: ServiceDefinition {
      var service = ServiceDefinition(GatewayMethods.service)
      service.unary(GatewayMethods.recommend) { [self] request, _ in
        let number = seen.withLock { seen in
          seen.recommends.append(request)
          return seen.recommends.count
        }
        return .with { response in
          response.items = (0..<request.count).map { place in
            .with { $0.itemID = "item-\(number)-\(place)" }
          }
          response.attributionToken = "token-\(number)"
          response.nextCursor = request.cursor.isEmpty ? "cursor-\(number)" : ""
          if number % 4 == 0 {
            response.degraded = [
              .with {
                $0.component = "ranking"
                $0.reason = "deadline"
              }
            ]
          }
        }
      }
      service.unary(GatewayMethods.similarItems) { [self] request, _ in
        seen.withLock { $0.similar.append(request) }
        if failsSimilar { throw RPCError(.unavailable, "no") }
        return .init()
      }
      service.unary(GatewayMethods.recordEvents) { [self] request, _ in
        seen.withLock { $0.events.append(request) }
        return .with { response in
          response.results = request.events.map { _ in .with { $0.status = .accepted } }
        }
      }
      return service
    }
  }

  private func run(
    _ gateway: FakeGateway, _ yaml: String
  ) async throws -> (LoadTestOutcome, FakeGateway.Seen) {
    let folder = try TemporaryDirectory("load")
    let state = StateFolder(folder.path("var"))
    try state.create()
    try state.dataset.write(
      TinyData.dataset(users: 30, items: 20), report: ValidationReport(),
      split: .lastItems(HoldoutSplit()))
    let server = try Server(services: [gateway.definition])
    try server.start()
    let outcome = try await LoadTestJob(
      target: "127.0.0.1:\(server.port)", scenario: LoadScenario(yaml: yaml, file: "test.yaml")
    ).run(in: state)
    await onThread { server.shutdown(grace: .seconds(5)) }
    return (outcome, gateway.seen.withLock { $0 })
  }

  /// Makes the first requests of a traffic one after the other, so that each finds what those before left.
  private func oneByOne(_ count: Int) async throws -> (kinds: [String], seen: FakeGateway.Seen) {
    let gateway = FakeGateway()
    let server = try Server(services: [gateway.definition])
    try server.start()
    let traffic = try LoadScenario(yaml: Self.mixed, file: "test.yaml").phases[0].traffic
    let requests = LoadRequests(
      client: GatewayClient(channel: try Channel(target: "127.0.0.1:\(server.port)")),
      audience: try LoadAudience(
        TinyData.dataset(users: 30, items: 20), seed: 1, runID: "run"),
      traffic: traffic, deadline: .seconds(20), given: GivenSlates(), quality: SlateQuality())
    var kinds: [String] = []
    for number in 0..<count {
      let answer = await requests.answer(number)
      #expect(answer.error == nil)
      kinds.append(LoadRequests.names[answer.kind])
    }
    await onThread { server.shutdown(grace: .seconds(5)) }
    return (kinds, gateway.seen.withLock { $0 })
  }

  private static let mixed = """
    deadline_ms: 20000
    traffic:
      mix: { recommend: 4, next_page: 2, similar: 1, events: 1 }
      users: { new: 0.2, anonymous: 0.2 }
      count: 5
      no_cache: true
      explain: text
    phases:
      - { name: mixed, rate: 400, seconds: 0.6 }
    """

  @Test func theMixIsMadeAndFollowsOnSlatesThatWereGiven() async throws {
    let (kinds, seen) = try await oneByOne(240)
    #expect(Set(kinds) == ["recommend", "next_page", "similar", "events"])
    // Half are slates, a quarter later pages.
    #expect((90...150).contains(kinds.count { $0 == "recommend" }))
    #expect((40...80).contains(kinds.count { $0 == "next_page" }))
    let (first, later) = (
      seen.recommends.filter { $0.cursor.isEmpty }, seen.recommends.filter { !$0.cursor.isEmpty }
    )
    #expect(kinds.count { $0 == "next_page" } == later.count)
    #expect(first.allSatisfy { $0.count == 5 && $0.noCache && $0.explain == .text })
    // A later page is asked for once, by the request of its first page.
    #expect(Set(later.map(\.cursor)).count == later.count)
    for page in later {
      var request = page
      request.cursor = ""
      #expect(first.contains(request))
    }
    let known = first.filter { $0.subject.userID.hasPrefix("u") }.count
    let new = first.filter { $0.subject.userID.hasPrefix("load-") }.count
    let anonymous = first.filter { !$0.subject.session.sessionID.isEmpty }.count
    #expect(known + new + anonymous == first.count)
    #expect(known > new && new > 0 && anonymous > 0)
  }

  @Test func eventsAreThoseOfASlateThatWasGiven() async throws {
    let (_, seen) = try await oneByOne(240)
    let identifiers = seen.events.flatMap(\.events).map(\.eventID)
    #expect(Set(identifiers).count == identifiers.count)
    let ofSlates = seen.events.filter { !$0.events[0].attributionToken.isEmpty }
    #expect(ofSlates.count > seen.events.count / 2)
    for request in ofSlates {
      #expect(request.events.dropLast().allSatisfy { $0.type == .impression })
      #expect(request.events.last?.type == .click)
      #expect(request.events.count == 6)
      let token = request.events[0].attributionToken
      #expect(request.events.allSatisfy { $0.attributionToken == token })
      let slate = token.dropFirst("token-".count)
      #expect(request.events.allSatisfy { $0.itemID.hasPrefix("item-\(slate)-") })
      #expect(
        request.events.last?.itemID == "item-\(slate)-\((request.events.last?.position ?? 0) - 1)")
    }
  }

  @Test func failuresAndDegradedSlatesAreCounted() async throws {
    let (outcome, seen) = try await run(FakeGateway(failsSimilar: true), Self.mixed)
    let step = outcome.phases[0].steps[0]
    #expect(step.load.due == 240)
    #expect(step.load.kinds.reduce(0) { $0 + $1.succeeded } == 240 - outcome.failed)
    #expect(step.load.errors == ["UNAVAILABLE": outcome.failed])
    #expect(outcome.failed > 0)
    #expect(step.load.kinds.first { $0.name == "similar" }?.errors == step.load.errors)
    #expect(step.slates.slates == seen.recommends.count)
    #expect(step.slates.degraded == ["ranking (deadline)": seen.recommends.count / 4])
    #expect(step.slates.degradedSlates == seen.recommends.count / 4)
    #expect(step.slates.empty == 0)
    #expect(outcome.description.contains("ranking (deadline)"))
  }

  @Test func equalSeedsAskTheSame() async throws {
    let yaml = """
      deadline_ms: 20000
      traffic: { mix: { recommend: 1 }, users: { skew: 1.2 }, count: 3 }
      phases: [{ name: one, rate: 500, seconds: 0.2 }]
      """
    func users(_ seen: FakeGateway.Seen) -> [String] {
      seen.recommends.map(\.subject.userID).sorted()
    }
    let first = users(try await run(FakeGateway(), yaml).1)
    #expect(first == users(try await run(FakeGateway(), yaml).1))
    #expect(first != users(try await run(FakeGateway(), "seed: 2\n" + yaml).1))
    // Some ask much more often than others.
    let counts = Dictionary(grouping: first) { $0 }.values.map(\.count).sorted()
    #expect((counts.last ?? 0) > 3 * (counts.first ?? 0))
  }

  @Test func thePageOfATestIsWholeAndWellFormed() async throws {
    let (outcome, _) = try await run(
      FakeGateway(failsSimilar: true),
      """
      name: a <b> & c
      deadline_ms: 20000
      traffic: { mix: { recommend: 8, similar: 1 } }
      phases:
        - { name: "first <&>", rate: 200, seconds: 0.2 }
        - name: search
          seconds: 0.1
          saturation: { from: 50, to: 100, factor: 2, success: 0.5 }
      """)
    #expect(outcome.phases[1].saturation?.saturation == 100)
    #expect(outcome.phases[1].steps.count == 2)
    let html = LoadTestPage(outcome).html
    let parser = XMLParser(data: Data(html.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError)) at \(parser.lineNumber)")
    for text in [
      "Latency over time", "Latency by percentile", "Throughput", "Latency by rate", "UNAVAILABLE",
      "first &lt;&amp;&gt;", "a &lt;b&gt; &amp; c",
    ] {
      #expect(html.contains(text), "no \(text)")
    }
    #expect(!html.contains("http://") || !html.contains("src="))
    #expect(!html.contains("nan") && !html.contains(" inf"))
    let data = try JSONEncoder().encode(outcome)
    let read = try JSONDecoder().decode(LoadTestOutcome.self, from: data)
    #expect(read.phases.count == 2)
  }

  @Test func aReportThatCouldNotBeWrittenIsRefusedBefore() throws {
    let folder = try TemporaryDirectory("page")
    try LoadTestPage.checkWritable(folder.path("page.html"))
    #expect(throws: PipelineError.self) {
      try LoadTestPage.checkWritable(folder.path("nowhere/page.html"))
    }
    #expect(throws: PipelineError.self) { try LoadTestPage.checkWritable(folder.url.path) }
  }
}
