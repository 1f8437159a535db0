import Datasets
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@testable import PipelineJobs

/// What the ranker learns from is what it will meet: training's retrieval finds what the service finds.
@Suite struct SourceParityTests {
  @Test func everySourceFindsWhatTrainingFinds() async throws {
    let world = try await TrainedWorld.shared
    try await CandidateFixture.run(publishing: { try world.publish(to: $0.registry) }) { fixture in
      let offline = OfflineRetrieval(models: world.models, items: world.dataset.items)
      var applied: Set<String> = []
      for user in stride(from: 0, to: 300, by: 20) {
        let history = world.history(user)
        let sources = offline.sources
        var request = CandidateFixture.request(sources.map(\.name))
        for index in sources.indices {
          request.sources[index].quota = UInt32(sources[index].quota)
        }
        request.history = history.proto
        request.excludeItemKeys = history.items.map(\.rawValue)
        request.context.time = Google_Protobuf_Timestamp(
          seconds: world.now / 1000, nanos: Int32(world.now % 1000) * 1_000_000)
        let response = try await fixture.client.retrieve(request)
        for (source, result) in zip(sources, response.results) {
          let wanted = try offline.list(
            source.name, history: history, seen: Set(history.items), at: world.now,
            quota: source.quota)
          guard let wanted else {
            #expect(result.status == .notApplicable, "\(source.name): \(result.reason)")
            continue
          }
          applied.insert(source.name)
          #expect(result.status == .ok, "\(source.name): \(result.reason)")
          #expect(result.itemKeys == wanted.items.map(\.rawValue), "\(source.name)")
          let isNear = zip(result.scores, wanted.scores)
            .allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) }
          #expect(isNear, "\(source.name)")
        }
      }
      #expect(applied == Set(offline.sources.map(\.name)))
    }
  }
}
