import Datasets
import Models
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Testing

@testable import PipelineJobs

@Suite struct SourceTests {
  /// Runs against a world with every model.
  private func run(
    _ body: (CandidateFixture, TrainedWorld) async throws -> Void
  ) async throws {
    let world = try await TrainedWorld.shared
    try await CandidateFixture.run(publishing: { try world.publish(to: $0.registry) }) {
      try await body($0, world)
    }
  }

  private func request(
    _ source: String, quota: UInt32 = 10, history: History = History(), at time: Int64
  ) -> Recsys_Candidates_V1_RetrieveRequest {
    var request = CandidateFixture.request([source], quota: quota)
    request.history = history.proto
    request.context.time = Google_Protobuf_Timestamp(
      seconds: time / 1000, nanos: Int32(time % 1000) * 1_000_000)
    return request
  }

  @Test func sourcesThatDoNotApplySaySoAndWhy() async throws {
    try await run { fixture, world in
      for name in ["als", "item-to-item", "co-liked-session", "content", "category-popular"] {
        let empty = try await fixture.client.retrieve(request(name, at: world.now)).results[0]
        #expect(empty.status == .notApplicable, "\(name)")
        #expect(!empty.reason.isEmpty && empty.itemKeys.isEmpty, "\(name)")
        let stranger = History(
          items: [ItemID(rawValue: 99)], weights: [1], timesMilliseconds: [1])
        let unknown = try await fixture.client.retrieve(
          request(name, history: stranger, at: world.now)
        ).results[0]
        #expect(unknown.status == .notApplicable, "\(name)")
        #expect(unknown.reason != empty.reason || name == "category-popular", "\(name)")
      }
      for name in ["trending", "recent-release", "exploration"] {
        let found = try await fixture.client.retrieve(request(name, at: world.now)).results[0]
        #expect(found.status == .ok && found.itemKeys.count == 10, "\(name)")
      }
    }
  }

  @Test func aGroupNamedByTheContextGetsWhatItLikes() async throws {
    try await run { fixture, world in
      var groups: [String] = []
      for user in world.dataset.users {
        guard case .text(let group)? = user.attributes["age_group"],
          world.models.segments.contains(SegmentPopularity.people("age_group", group))
        else { continue }
        groups.append(group)
      }
      let group = try #require(groups.first)
      var asked = request("category-popular", at: world.now)
      asked.context.attributes["age_group"] = .with { $0.text = group }
      let result = try await fixture.client.retrieve(asked).results[0]
      let wanted = world.models.segments.ranked(
        by: [.init(segment: SegmentPopularity.people("age_group", group), weight: 1)], count: 10
      ) { row in
        world.dataset.items.first { $0.id == world.models.segments.items.ids[row] }
          .map { ($0.availableFromMilliseconds ?? .min) <= world.now } ?? false
      }
      #expect(result.status == .ok)
      #expect(
        result.itemKeys
          == wanted.rows.map { world.models.segments.items.ids[Int($0)].rawValue })
      // A category that the context names goes before all others.
      let category = try #require(world.dataset.items.first?.categories.first)
      asked.context.attributes = ["category": .with { $0.text = category }]
      let named = try await fixture.client.retrieve(asked).results[0]
      let categories = Dictionary(
        uniqueKeysWithValues: world.dataset.items.map { ($0.id.rawValue, $0.categories) })
      #expect(named.itemKeys.count == 10)
      #expect(named.itemKeys.allSatisfy { categories[$0]?.contains(category) == true })
    }
  }

  @Test func drawsAreEvenSeededAndTellTheirProbability() async throws {
    try await run { fixture, world in
      var asked = request("exploration", quota: 10, at: world.now)
      var counts: [UInt64: Int] = [:]
      var propensity: Float = 0
      for seed in UInt64(1)...300 {
        asked.seed = seed
        let result = try await fixture.client.retrieve(asked).results[0]
        #expect(result.propensities.count == 10 && Set(result.itemKeys).count == 10)
        propensity = try #require(result.propensities.first)
        #expect(result.propensities.allSatisfy { $0 == propensity })
        for key in result.itemKeys { counts[key, default: 0] += 1 }
      }
      asked.seed = 7
      let first = try await fixture.client.retrieve(asked).results[0]
      let again = try await fixture.client.retrieve(asked).results[0]
      #expect(again.itemKeys == first.itemKeys)
      // The pool is the less exposed half, and each of it comes as often as was said.
      #expect(abs(Float(counts.count) - 10 / propensity) < 0.5)
      #expect((100...180).contains(counts.count))
      let mean = 300 * propensity
      let deviation = (mean * (1 - propensity)).squareRoot()
      #expect(counts.values.allSatisfy { abs(Float($0) - mean) < 5 * deviation })
      let exposure = world.models.exposure.counts
      let drawn = counts.keys.map { exposure.score(of: ItemID(rawValue: $0)) ?? 0 }
      let others = world.dataset.items.filter { counts[$0.id.rawValue] == nil }
        .filter { ($0.availableFromMilliseconds ?? .min) <= world.now }
        .map { exposure.score(of: $0.id) ?? 0 }
      #expect((drawn.max() ?? 0) <= (others.min() ?? 0))
    }
  }

  @Test func similarByWordsAndByBothKindsTogether() async throws {
    try await run { fixture, world in
      let item = world.dataset.items[10]
      var asked = Recsys_Candidates_V1_SimilarRequest()
      asked.itemKeys = [item.id.rawValue]
      asked.count = 12
      asked.kind = .content
      let content = try await fixture.client.similar(asked)
      #expect(content.itemKeys.count == 12)
      #expect(content.versions.map(\.component) == ["content", "catalogue"])
      let main = try #require(item.categories.first)
      let categories = Dictionary(
        uniqueKeysWithValues: world.dataset.items.map { ($0.id.rawValue, $0.categories) })
      #expect(content.itemKeys.prefix(5).allSatisfy { categories[$0]?.contains(main) == true })
      asked.kind = .blended
      let blended = try await fixture.client.similar(asked)
      #expect(blended.versions.map(\.component) == ["als", "content", "catalogue"])
      for response in [content, blended] {
        #expect(!response.itemKeys.contains(item.id.rawValue))
        #expect(zip(response.scores, response.scores.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(response.scores.allSatisfy { (-1...1).contains($0) })
      }
      asked.filter.noneCategories = [main]
      for kind in [Recsys_Candidates_V1_SimilarityKind.content, .blended] {
        asked.kind = kind
        let filtered = try await fixture.client.similar(asked)
        #expect(filtered.itemKeys.count == 12)
        #expect(filtered.itemKeys.allSatisfy { categories[$0]?.contains(main) == false })
      }
    }
  }
}
