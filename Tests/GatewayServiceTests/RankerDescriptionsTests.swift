import RPC
import Synchronization
import TestSupport
import Testing

@testable import GatewayService

/// What the gateway gathers while the replicas of the ranker switch, one after the other.
@Suite struct RankerDescriptionsTests {
  private static func run(
    _ body: (RankerDescriptions, FakeRanking, FakeRanking) async throws -> Void
  ) async throws {
    let (one, other) = (FakeRanking(), FakeRanking())
    try one.start()
    try other.start()
    let channels = try [one, other].map { try Channel(target: $0.service.target) }
    let descriptions = RankerDescriptions(
      channels: channels, label: "production", logger: GatewayFixture.logger)
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(descriptions, one, other))
    } catch {
      result = .failure(error)
    }
    await one.service.stop()
    await other.service.stop()
    try result.get()
  }

  @Test func theOldFeaturesAreGatheredUntilAllReplicasHaveSwitched() async throws {
    try await Self.run { descriptions, one, other in
      try await descriptions.refresh(timeout: GatewayFixture.patience)
      one.model.withLock { $0 = 2 }
      let between = try await descriptions.refresh(timeout: GatewayFixture.patience)
      #expect(between.modelVersion == "model-1")
      other.model.withLock { $0 = 2 }
      let after = try await descriptions.refresh(timeout: GatewayFixture.patience)
      #expect(after.modelVersion == "model-2")
    }
  }

  @Test func aReplicaThatRefusesTheOldFeaturesIsBelievedAtOnce() async throws {
    try await Self.run { descriptions, one, _ in
      let old = try await descriptions.refresh(timeout: GatewayFixture.patience)
      one.model.withLock { $0 = 2 }
      let new = try await descriptions.refresh(
        timeout: GatewayFixture.patience, unlike: old.fingerprint)
      #expect(new.modelVersion == "model-2")
    }
  }

  @Test func aReplicaThatIsAwayIsNotWaitedFor() async throws {
    try await Self.run { descriptions, one, other in
      try await descriptions.refresh(timeout: GatewayFixture.patience)
      await other.service.stop()
      one.model.withLock { $0 = 2 }
      let after = try await descriptions.refresh(timeout: GatewayFixture.patience)
      #expect(after.modelVersion == "model-2")
    }
  }

  @Test func aHintMakesItLookUntilTheSwitchIsThroughEverywhere() async throws {
    try await Self.run { descriptions, one, other in
      try await descriptions.refresh(timeout: GatewayFixture.patience)
      one.model.withLock { $0 = 2 }
      descriptions.hurry(to: "model-2")
      let asked = other.describes.count
      await other.describes.wait(for: asked + 2)
      #expect(descriptions.current?.modelVersion == "model-1")
      other.model.withLock { $0 = 2 }
      try await eventually { descriptions.current?.modelVersion == "model-2" }
    }
  }
}
