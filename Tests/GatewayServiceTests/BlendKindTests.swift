import RecommendationCore
import Testing

@testable import GatewayService

@Suite struct BlendKindTests {
  /// Random lists of items 1...60 with falling scores.
  private static func lists(_ generator: inout SeededGenerator) -> [RetrievedList] {
    ["a", "b", "c"].map { name in
      let count = Int.random(in: 0...40, using: &generator)
      let scores = (0..<count).map { _ in Float.random(in: -5...5, using: &generator) }
      return RetrievedList(
        source: name, items: Array((1...60).shuffled(using: &generator).prefix(count)),
        scores: scores.sorted(by: >))
    }
  }

  private static func policy(_ kind: BlendKind, _ generator: inout SeededGenerator) -> Policy {
    var policy = Policy()
    policy.blend = kind
    policy.sources = ["a", "b", "c"].map { name in
      Policy.Source(
        name: name, quota: 40, reserved: 5, weight: Float.random(in: 0.1...2, using: &generator))
    }
    policy.candidateLimit = Int.random(in: 1...60, using: &generator)
    return policy
  }

  @Test("weighted: the sum of scores brought to one scale")
  func weighted() throws {
    var generator = SeededGenerator(seed: 21)
    for _ in 0..<300 {
      let policy = Self.policy(.weighted, &generator)
      let lists = Self.lists(&generator)
      var sums: [UInt64: Float] = [:]
      for (list, source) in zip(lists, policy.sources) {
        guard let best = list.scores.first, let worst = list.scores.last else { continue }
        for (item, score) in zip(list.items, list.scores) {
          let share = best > worst ? (score - worst) / (best - worst) : 1
          sums[item, default: 0] += source.weight * (0.05 + 0.95 * share)
        }
      }
      let order = sums.keys.sorted { (sums[$1] ?? 0, $0) < (sums[$0] ?? 0, $1) }
      let (candidates, _) = try BlendingTests.merge(lists, policy)
      #expect(candidates.map(\.id.rawValue) == Array(order.prefix(policy.candidateLimit)))
    }
  }

  @Test("reciprocal rank fusion: no reserved places")
  func fusion() throws {
    var generator = SeededGenerator(seed: 22)
    for _ in 0..<300 {
      let policy = Self.policy(.reciprocalRankFusion, &generator)
      let lists = Self.lists(&generator)
      var sums: [UInt64: Float] = [:]
      for (list, source) in zip(lists, policy.sources) {
        for (place, item) in list.items.enumerated() {
          sums[item, default: 0] += source.weight / (policy.fusionConstant + Float(place + 1))
        }
      }
      let order = sums.keys.sorted { (sums[$1] ?? 0, $0) < (sums[$0] ?? 0, $1) }
      let (candidates, _) = try BlendingTests.merge(lists, policy)
      #expect(candidates.map(\.id.rawValue) == Array(order.prefix(policy.candidateLimit)))
    }
  }

  @Test("interleave: every source's share of the first places is fair, and each item stands once")
  func interleave() throws {
    var generator = SeededGenerator(seed: 23)
    for _ in 0..<300 {
      var policy = Self.policy(.interleave, &generator)
      let lists = Self.lists(&generator)
      let all = Set(lists.flatMap(\.items))
      policy.candidateLimit = 60
      let (candidates, provenance) = try BlendingTests.merge(lists, policy)
      #expect(Set(candidates.map(\.id.rawValue)) == all)
      #expect(candidates.count == all.count)
      #expect(zip(candidates, candidates.dropFirst()).allSatisfy { $0.score > $1.score })
      // In each round every open source puts in its best that is not in: so after r rounds the first r of every
      // list are in.
      let open = lists.count { !$0.items.isEmpty }
      for round in 1...5 {
        let first = Set(candidates.prefix(round * open).map(\.id.rawValue))
        for list in lists { #expect(first.isSuperset(of: list.items.prefix(round))) }
      }
      for candidate in candidates {
        let names = provenance.hits(of: candidate).map { provenance.source(of: $0) }
        let wanted = lists.filter { $0.items.contains(candidate.id.rawValue) }.map(\.source)
        #expect(names == wanted)
      }
    }
  }

  @Test(
    "what was drawn by chance comes last, unless others found it too", arguments: BlendKind.allCases
  )
  func drawn(kind: BlendKind) throws {
    var generator = SeededGenerator(seed: 24)
    var policy = Self.policy(kind, &generator)
    policy.candidateLimit = 3
    var lists = [RetrievedList(source: "a", items: [1, 2, 3, 4], scores: [4, 3, 2, 1])]
    lists.append(
      RetrievedList(source: "x", items: [9, 2], scores: [1, 1], propensities: [0.5, 0.5]))
    let (candidates, provenance) = try BlendingTests.merge(lists, policy)
    #expect(candidates.map(\.id.rawValue) == [1, 2, 3, 9])
    #expect(candidates.map { Int($0.hitCount) } == [1, 2, 1, 1])
    #expect(provenance.drawn.map(\.item.rawValue) == [9, 2])
    #expect(provenance.drawn.map(\.propensity) == [0.5, 0.5])
  }
}
