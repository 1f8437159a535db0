import Catalogue
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Testing

@testable import GatewayService

@Suite struct BlendingTests {
  static func query() throws -> RecommendQuery {
    var proto = Recsys_Gateway_V1_RecommendRequest()
    proto.subject.userID = "ann"
    return RecommendQuery(
      request: try AdmittedRequest(proto, policy: Policy(), now: 0, newRequestID: { "id" }),
      filter: try LiveCatalogue().snapshot.compile(ItemFilter(), nowMilliseconds: 0))
  }

  static func merge(_ lists: [RetrievedList], _ policy: Policy) throws
    -> ([SlateCandidate], Provenance)
  {
    var query = try Self.query()
    let candidates = try BlendMerger(policy: policy).merge([lists], for: &query)
    return (candidates, query.provenance)
  }

  static func list(_ source: String, _ items: [UInt64]) -> RetrievedList {
    RetrievedList(source: source, items: items, scores: items.map { Float($0) / 3 })
  }

  @Test("a thousand random merges are as the definition says")
  func againstReference() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<1_000 {
      var policy = Policy()
      policy.sources = ["a", "b", "c"].map { name in
        Policy.Source(
          name: name, quota: 40, reserved: Int.random(in: 0...15, using: &generator),
          weight: Float.random(in: 0.1...2, using: &generator))
      }
      policy.candidateLimit = Int.random(in: 1...60, using: &generator)
      let lists = policy.sources.map { source in
        Self.list(
          source.name,
          Array(
            (1...60).shuffled(using: &generator).prefix(Int.random(in: 0...40, using: &generator)))
        )
      }
      let (candidates, provenance) = try Self.merge(lists, policy)
      let expected = Self.reference(lists, policy)
      #expect(candidates.map(\.id.rawValue) == expected)
      for candidate in candidates {
        let hits = provenance.hits(of: candidate)
        let wanted = lists.enumerated().compactMap { index, list in
          list.items.firstIndex(of: candidate.id.rawValue).map {
            [Float(index), Float($0 + 1), list.scores[$0]]
          }
        }
        #expect(hits.map { [Float($0.source), Float($0.rank), $0.score] } == wanted)
      }
    }
  }

  /// Reserved places first, source by source; then by merged score; then all in merged order.
  static func reference(_ lists: [RetrievedList], _ policy: Policy) -> [UInt64] {
    var scores: [UInt64: Float] = [:]
    for (list, source) in zip(lists, policy.sources) {
      for (index, item) in list.items.enumerated() {
        scores[item, default: 0] += source.weight / (policy.fusionConstant + Float(index + 1))
      }
    }
    let order = scores.keys.sorted {
      (scores[$1] ?? 0, $0) < (scores[$0] ?? 0, $1)
    }
    var chosen = Set<UInt64>()
    for (list, source) in zip(lists, policy.sources) {
      for item in list.items.prefix(source.reserved) where chosen.count < policy.candidateLimit {
        chosen.insert(item)
      }
    }
    for item in order where chosen.count < policy.candidateLimit { chosen.insert(item) }
    return order.filter(chosen.contains)
  }

  @Test("an item that a source names twice counts once, at its first place")
  func repeatedItem() throws {
    let (candidates, provenance) = try Self.merge([Self.list("als", [5, 6, 5])], Policy())
    #expect(candidates.map(\.id.rawValue) == [5, 6])
    #expect(provenance.hits.map(\.rank) == [1, 2])
  }

  @Test("key slots are a set, also of keys that look alike")
  func keySlots() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      let keys = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
        UInt64.random(in: 0...400, using: &generator)
          << UInt64.random(in: 0...55, using: &generator)
      }
      let slots = KeySlots(keys)
      #expect(slots.keys == keys.withoutRepeats())
      #expect(keys.allSatisfy(slots.contains))
      #expect(!slots.contains(.max))
    }
  }

  @Test("the gateway's columns are those that training computes")
  func rankingColumns() throws {
    var generator = SeededGenerator(seed: 5)
    let features =
      ["b.score", "a.rank", "source_count", "a.score", "b.rank", "x.score", "x.rank"]
      .map { RetrievalFeature(name: $0) }
    let lists = ["a", "b"].map { name in
      Self.list(name, Array((1...30).shuffled(using: &generator).prefix(20)))
    }
    let (candidates, provenance) = try Self.merge(lists, Policy())
    let matrix = try FeatureMatrix(
      proto: RankingColumns.retrieval(features, of: candidates, provenance: provenance))
    for (row, candidate) in candidates.enumerated() {
      let hits = provenance.hits(of: candidate).map {
        SourceHit(source: provenance.source(of: $0), rank: Int($0.rank), score: $0.score)
      }
      for (column, feature) in features.enumerated() {
        let wanted = try #require(feature).value(provenance: hits)
        #expect(matrix[row, column] == wanted || matrix[row, column].isNaN && wanted.isNaN)
      }
    }
  }

  @Test("an attribution token comes back from its text, and a made-up one does not")
  func attributionToken() {
    let token = AttributionToken(requestID: "request ä", timeMilliseconds: 12_345)
    #expect(AttributionToken(text: token.text) == token)
    #expect(AttributionToken(text: "AAAA" + token.text.dropFirst(4)) == nil)
    #expect(AttributionToken(text: "") == nil)
  }
}
