import Artifacts
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import TestSupport
import Testing

@Suite struct LiveChangeTests {
  @Test func aLabelIsFollowedAndABadBundleLeavesTheOldOneServing() async throws {
    try await CandidateFixture.run { fixture in
      let request = CandidateFixture.request(["als"], history: [4])
      await fixture.log.wait(for: "label switched", times: 2)
      let second = try fixture.publishALS(seed: 2, label: "production")
      await fixture.log.wait(for: "label switched")
      var response = try await fixture.client.retrieve(request)
      #expect(response.results[0].version == second)
      let broken = try fixture.publishBrokenALS()
      try fixture.registry.setLabel(kind: "als", label: "production", version: broken)
      await fixture.log.wait(for: "model refused, the one before serves on")
      response = try await fixture.client.retrieve(request)
      #expect(response.results[0].status == .ok)
      #expect(response.results[0].version == second)
      #expect(response.results[0].itemKeys.count == 10)
    }
  }

  @Test func itemsAreGoneAndComeAsTheCatalogueChanges() async throws {
    let (changes, sender) = AsyncStream<Recsys_Features_V1_WatchItemsResponse>.makeStream()
    var service = ServiceDefinition(FeatureMethods.service)
    service.serverStreaming(FeatureMethods.watchItems) { _, _, writer in
      for await change in changes { try await writer.write(change) }
    }
    let features = try Server(services: [service])
    try features.start()
    func send(_ upserts: Range<Int>, deletes: [Int] = [], sequence: UInt64) {
      var message = Recsys_Features_V1_WatchItemsResponse()
      message.upserted = upserts.map { CandidateFixture.item($0).proto }
      message.deletedItemKeys = deletes.map { CandidateFixture.id($0).rawValue }
      message.sequence = sequence
      message.caughtUp = true
      sender.yield(message)
    }
    let target = "127.0.0.1:\(features.port)"
    try await CandidateFixture.run(featuresTarget: target) { fixture in
      let request = CandidateFixture.request(["trending", "als"], quota: 60, history: [4])
      send(0..<20, sequence: 1)
      await fixture.log.wait(for: "catalogue is up to date")
      var response = try await fixture.client.retrieve(request)
      for result in response.results { #expect(Set(result.indices) == Set(0..<20)) }
      send(30..<31, deletes: [0, 2], sequence: 2)
      await fixture.log.wait(for: "catalogue is up to date")
      response = try await fixture.client.retrieve(request)
      let expected = Set(0..<20).subtracting([0, 2]).union([30])
      for result in response.results { #expect(Set(result.indices) == expected) }
      sender.finish()
    }
    await onThread { features.shutdown(grace: .seconds(1)) }
  }
}
