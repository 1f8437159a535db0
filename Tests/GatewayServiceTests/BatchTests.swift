import RPC
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

@Suite struct BatchTests {
  private func ask(
    _ suite: GatewayFixture, _ users: [String],
    _ change: (inout Recsys_Gateway_V1_RecommendRequest) -> Void = { _ in }
  ) async throws -> [Recsys_Gateway_V1_RecommendBatchResponse] {
    var message = Recsys_Gateway_V1_RecommendBatchRequest()
    message.userIds = users
    message.template.count = 10
    change(&message.template)
    var responses: [Recsys_Gateway_V1_RecommendBatchResponse] = []
    for try await response in try suite.client.recommendBatch(
      message, options: CallOptions(timeout: GatewayFixture.patience))
    {
      responses.append(response)
    }
    return responses
  }

  @Test("every user gets the slate that Recommend gives, a bad one an error of its own")
  func slates() async throws {
    try await GatewayFixture.run { suite in
      let users = ["ann", "bob", String(repeating: "x", count: 257), "", "ann"]
      let responses = try await ask(suite, users) { $0.explain = .text }
      #expect(responses.map(\.userID).sorted() == users.sorted())
      for response in responses {
        switch response.userID {
        case "ann", "bob":
          let alone = try await suite.recommend {
            $0.subject.userID = response.userID
            $0.explain = .text
          }
          #expect(response.response.items == alone.items)
          #expect(response.response.nextCursor.isEmpty)
          #expect(response.response.requestID.count == 32)
        default:
          #expect(response.error.code == Int32(StatusCode.invalidArgument.rawValue))
          #expect(response.error.message.contains("subject.user_id"))
        }
      }
    }
  }

  @Test("reasons only when asked for; no pages and no traces are left behind")
  func cost() async throws {
    try await GatewayFixture.run { suite in
      let (explained, traces) = (suite.explanation.requests.count, suite.service.traces.size.count)
      let responses = try await ask(suite, (0..<20).map { "user-\($0)" })
      #expect(responses.count == 20)
      #expect(
        responses.allSatisfy { $0.response.items.count == 10 && $0.response.degraded.isEmpty })
      #expect(suite.explanation.requests.count == explained)
      #expect(suite.service.traces.size.count == traces)
    }
  }

  @Test("a mistake in the template is told once, before anything is done")
  func refusals() async throws {
    try await GatewayFixture.run { suite in
      let asked = suite.features.users.count
      let error = await rpcError {
        try await ask(suite, []) {
          $0.subject.userID = "ann"
          $0.cursor = "c"
          $0.requestID = "r"
        }
      }
      #expect(
        error?.fieldViolations.map(\.field) == [
          "user_ids", "template.subject", "template.cursor", "template.request_id",
        ])
      let template = await rpcError { try await ask(suite, ["ann"]) { $0.count = 501 } }
      #expect(template?.fieldViolations.map(\.field) == ["template.count"])
      #expect(suite.features.users.count == asked)
    }
  }

  @Test("when the client goes the work ends")
  func cancellation() async throws {
    try await GatewayFixture.run { suite in
      var message = Recsys_Gateway_V1_RecommendBatchRequest()
      message.userIds = (0..<50_000).map { "user-\($0)" }
      message.template.count = 10
      var seen = 0
      for try await _ in try suite.client.recommendBatch(message) {
        seen += 1
        if seen == 3 { break }
      }
      try await eventually { suite.service.batches.usersInWork == 0 }
      let asked = suite.features.users.count
      #expect(asked < 5_000)
      // The next call is let in: the gone one has given back its place.
      #expect(try await ask(suite, ["ann"]).count == 1)
    }
  }

  @Test("so many users at once and so many calls at once, of all batches together")
  func bounds() async throws {
    try await GatewayFixture.run(
      configure: {
        $0.batch.concurrency = 2
        $0.batch.calls = 2
      }
    ) { suite in
      let gate = Gate()
      suite.features.service.set(.waits(gate), for: "getUser")
      let before = suite.features.users.count
      let users = (0..<10).map { "user-\($0)" }
      async let first = ask(suite, users)
      async let second = ask(suite, users)
      await suite.features.users.wait(for: before + 2)
      try await eventually { suite.service.batches.callsInWork == 2 }
      let third = await rpcError { try await ask(suite, users) }
      #expect(third?.code == .resourceExhausted)
      #expect(third?.retryDelay != nil)
      #expect(suite.features.users.count == before + 2)
      suite.features.service.set(.answers, for: "getUser")
      gate.open()
      #expect(try await first.count == 10)
      #expect(try await second.count == 10)
    }
  }

  @Test("under overload no slate of a batch is begun, and the batch goes on when that is over")
  func overload() async throws {
    try await GatewayFixture.run(
      configure: { $0.policy.budgets.user = .seconds(20) }
    ) { suite in
      // The services behind shed: every request says so, and one that stays keeps the gateway from being idle.
      suite.ranking.service.set(
        .fails(.resourceExhausted("full", retryAfter: .milliseconds(50))), for: "rank")
      let end = ContinuousClock.now + .seconds(10)
      while suite.service.load.isRelaxed, .now < end { _ = try await suite.recommend() }
      let gate = Gate()
      suite.features.service.set(.waits(gate), for: "getUser")
      async let interactive = suite.recommend()
      try await eventually { suite.service.batches.interactiveCount == 1 }
      let asked = suite.features.users.count
      async let batch = ask(suite, (0..<6).map { "user-\($0)" })
      try await eventually {
        suite.service.load.waitingBulk == suite.service.batches.bounds.concurrency
      }
      #expect(suite.features.users.count <= asked + 1)
      suite.ranking.service.set(.answers, for: "rank")
      suite.features.service.set(.answers, for: "getUser")
      gate.open()
      #expect(try await interactive.items.count == 10)
      let slates = try await batch
      #expect(slates.count == 6)
      #expect(slates.allSatisfy { $0.response.items.count == 10 })
      // In full width: what can wait need not be made from fewer candidates.
      #expect(slates.allSatisfy { !$0.response.degraded.contains { $0.component == "gateway" } })
    }
  }

  @Test("batch work waits for a quiet moment, but not for ever")
  func yielding() async throws {
    let patient = BatchPriority(
      BatchPriority.Bounds(concurrency: 1, yieldAbove: 0, longestWait: .seconds(3_600)))
    patient.interactiveBegan()
    patient.interactiveBegan()
    let done = Mutex(false)
    let work = Task {
      try await patient.user { done.withLock { $0 = true } }
    }
    try await eventually { patient.waitingForQuiet == 1 }
    patient.interactiveEnded()
    #expect(patient.waitingForQuiet == 1)
    #expect(!done.withLock { $0 })
    patient.interactiveEnded()
    try await work.value
    #expect(done.withLock { $0 })
    #expect(patient.interactiveCount == 0)

    let hasty = BatchPriority(
      BatchPriority.Bounds(concurrency: 1, yieldAbove: 0, longestWait: .milliseconds(1)))
    hasty.interactiveBegan()
    #expect(try await hasty.user { 7 } == 7)

    // One that waits can be called off, and gives its place back.
    patient.interactiveBegan()
    let cancelled = Task { try await patient.user {} }
    try await eventually { patient.waitingForQuiet == 1 }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    patient.interactiveEnded()
    #expect(try await patient.user { 8 } == 8)
  }
}
