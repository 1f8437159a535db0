import Synchronization
import TestSupport
import Testing

@testable import StagePipeline

@Suite struct CircuitTests {
  @Test("five silences in a row open it; then one probe each quarter of a second")
  func opens() {
    let circuit = Circuit()
    let start = ContinuousClock.now
    for _ in 0..<4 { circuit.wasSilent(at: start) }
    #expect(circuit.admit(at: start) == .go)
    circuit.answered()
    for _ in 0..<5 {
      #expect(circuit.admit(at: start) == .go)
      circuit.wasSilent(at: start)
    }
    #expect(circuit.admit(at: start + .milliseconds(249)) == .leaveOut)
    #expect(circuit.admit(at: start + .milliseconds(250)) == .go)
    #expect(circuit.admit(at: start + .milliseconds(251)) == .leaveOut)
    circuit.wasSilent(at: start + .milliseconds(300))
    #expect(circuit.admit(at: start + .milliseconds(501)) == .leaveOut)
    #expect(circuit.admit(at: start + .milliseconds(550)) == .go)
    circuit.answered()
    #expect(circuit.admit(at: start + .milliseconds(551)) == .go)
  }

  @Test("a component that has stopped answering is not waited for, and comes back when it answers")
  func inPipeline() async throws {
    let isSilent = Atomic<Bool>(true)
    let calls = Atomic<Int>(0)
    let pipeline = TestPipeline.test(sources: [
      .source(
        "silent",
        FakeSource { _ in
          calls.wrappingAdd(1, ordering: .relaxed)
          if isSilent.load(ordering: .relaxed) { try await Gate().waitCancellably() }
          return [7]
        }, budget: StageBudget(atMost: .milliseconds(10))),
      .numbers(1, 2),
    ])
    for _ in 0..<5 {
      let result = try await pipeline.run()
      #expect(result.degradations.map(\.reason) == [.deadline])
    }
    let result = try await pipeline.run()
    #expect(result.degradations.map(\.reason) == [.circuitOpen])
    #expect(result.slate.map(\.id) == [1, 2])
    try await eventually { calls.load(ordering: .relaxed) == 5 }
    isSilent.store(false, ordering: .relaxed)
    try await eventually { try await pipeline.run().slate.map(\.id) == [7, 1, 2] }
  }

  @Test("clients in a hurry do not open it")
  func hurry() async throws {
    let pipeline = TestPipeline.test(sources: [
      .source(
        "slow",
        FakeSource { _ in
          try await Gate().waitCancellably()
          return []
        }, budget: StageBudget(atMost: .milliseconds(200)))
    ])
    for _ in 0..<8 {
      let result = try await pipeline.run(within: .milliseconds(2))
      #expect(result.degradations.map(\.reason) == [.deadline])
    }
  }
}
