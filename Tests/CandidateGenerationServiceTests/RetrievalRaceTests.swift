import Artifacts
import Catalogue
import Dispatch
import Logging
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import ServiceRuntime
import TestSupport
import Testing

@testable import CandidateGenerationService

@Suite struct RetrievalRaceTests {
  /// A source that answers when it is told to, or fails.
  private struct ScriptedSource: CandidateSource {
    struct Broken: Error {}
    let name: String
    var gate: DispatchSemaphore?
    var fails = false
    var summary: String { name }
    var version: String { "v9" }
    var itemCount: Int { 1 }

    func refresh() throws -> [LabelChange] { [] }

    func retrieve(_ query: CandidateQuery, quota: Int, budget: TimeBudget) throws -> SourceReply {
      gate?.wait()
      if fails { throw Broken() }
      return SourceReply(
        outcome: .found(CandidateList(items: [ItemID(rawValue: 5)], scores: [1])), version: "v9")
    }
  }

  private func retrieve(
    _ sources: [ScriptedSource], budgetsMicroseconds: [UInt32] = [], deadline: Duration? = nil,
    reserve: Duration = .milliseconds(5)
  ) async throws -> Recsys_Candidates_V1_RetrieveResponse {
    let catalogue = LiveCatalogue()
    try catalogue.apply(upserts: [Item(externalID: "a", title: "A")], deletes: [], sequence: 1)
    let handler = RetrieveHandler(
      sources: CandidateSources(
        sources,
        collaborative: ALSSource(
          registry: ModelRegistry(root: "/none"), configuration: CandidatesConfiguration()),
        content: ContentSource(
          registry: ModelRegistry(root: "/none"), label: "production",
          logger: Logger(label: "test"))),
      catalogue: catalogue, pool: ComputePool(threads: 3, queueLimit: 8),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, reserve: reserve)
    var service = ServiceDefinition(CandidateMethods.service)
    service.unary(CandidateMethods.retrieve) { try await handler.retrieve($0, $1) }
    let server = try Server(services: [service])
    try server.start()
    let client = CandidateClient(channel: try Channel(target: "127.0.0.1:\(server.port)"))
    var request = CandidateFixture.request(sources.map(\.name))
    for (index, budget) in budgetsMicroseconds.enumerated() {
      request.sources[index].budgetUs = budget
    }
    var options = CallOptions()
    options.timeout = deadline
    let response = try await client.retrieve(request, options: options)
    await onThread { server.shutdown(grace: .seconds(1)) }
    return response
  }

  @Test func aLateSourceCostsItsOwnCandidatesOnly() async throws {
    let gate = DispatchSemaphore(value: 0)
    defer { gate.signal() }
    let response = try await retrieve(
      [ScriptedSource(name: "late", gate: gate), ScriptedSource(name: "quick")],
      budgetsMicroseconds: [100_000])
    #expect(response.results.map(\.status) == [.timedOut, .ok])
    #expect(response.results.map(\.version) == ["v9", "v9"])
    #expect(response.results[0].itemKeys.isEmpty)
    #expect(response.results[0].tookUs >= 100_000)
    #expect(response.results[1].itemKeys == [5])
  }

  // Nearly all of the deadline is kept for the way back, so that a busy machine makes no difference.
  @Test func withoutABudgetTheCallsDeadlineCounts() async throws {
    let gate = DispatchSemaphore(value: 0)
    defer { gate.signal() }
    let response = try await retrieve(
      [ScriptedSource(name: "late", gate: gate), ScriptedSource(name: "quick")],
      deadline: .seconds(600), reserve: .seconds(598))
    #expect(response.results.map(\.status) == [.timedOut, .ok])
  }

  @Test func aFailingSourceDoesNotHarmTheOthers() async throws {
    let response = try await retrieve(
      [ScriptedSource(name: "broken", fails: true), ScriptedSource(name: "quick")])
    #expect(response.results.map(\.status) == [.failed, .ok])
    #expect(response.results[0].reason == "internal error")
  }

  @Test func theFirstAnswerForAPlaceCounts() async {
    let race = RetrievalRace<Int>(count: 2)
    race.settle(1, 7)
    race.settle(1, 8)
    race.settle(0, 1)
    #expect(await race.answers() == [1, 7])
  }
}
