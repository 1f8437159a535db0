import Evaluation
import Foundation
import RecommendationCore
import Testing

@Suite struct RankingMetricsTests {
  private func expect(_ actual: Double, _ expected: Double) {
    #expect(abs(actual - expected) < 1e-12)
  }

  @Test func twoHitsAmongFivePlacesByHand() {
    // Hits at places 2 and 4; three relevant items.
    let metrics = RankingMetrics(ranked: [9, 1, 8, 2, 7], relevant: [1, 2, 3], k: 5)
    expect(metrics.precision, 2.0 / 5)
    expect(metrics.recall, 2.0 / 3)
    expect(metrics.hitRate, 1)
    expect(metrics.reciprocalRank, 0.5)
    expect(metrics.averagePrecision, (1.0 / 2 + 2.0 / 4) / 3)
    let gain = 1 / log2(3.0) + 1 / log2(5.0)
    expect(metrics.ndcg, gain / (1 + 1 / log2(3.0) + 0.5))
  }

  @Test func theIdealIsCutAtThePlacesWhenMoreIsRelevant() {
    let metrics = RankingMetrics(ranked: [1, 2], relevant: [1, 2, 3, 4], k: 2)
    expect(metrics.ndcg, 1)
    expect(metrics.averagePrecision, 1)
    expect(metrics.recall, 0.5)
    expect(metrics.precision, 1)
  }

  @Test func aHitBeyondThePlacesDoesNotCount() {
    #expect(RankingMetrics(ranked: [5, 6, 1], relevant: [1], k: 2) == RankingMetrics())
  }

  @Test func aShortListMissesWhereItEnds() {
    let metrics = RankingMetrics(ranked: [1], relevant: [1], k: 10)
    expect(metrics.precision, 0.1)
    expect(metrics.ndcg, 1)
    #expect(RankingMetrics(ranked: [Int](), relevant: [1], k: 3) == RankingMetrics())
  }

  @Test func nothingRelevantOrNoPlacesGivesZeros() {
    #expect(RankingMetrics(ranked: [1, 2], relevant: [], k: 2) == RankingMetrics())
    #expect(RankingMetrics(ranked: [1, 2], relevant: [1], k: 0) == RankingMetrics())
  }

  @Test func randomListsAgreeWithASecondWriting() {
    var generator = SeededGenerator(seed: 21)
    for _ in 0..<500 {
      let ranked = Array(
        (0..<30).shuffled(using: &generator).prefix(Int.random(in: 0...30, using: &generator)))
      let relevant = Set(
        (0..<Int.random(in: 1...12, using: &generator)).map { _ in
          Int.random(in: 0..<30, using: &generator)
        })
      let k = Int.random(in: 1...15, using: &generator)
      let metrics = RankingMetrics(ranked: ranked, relevant: relevant, k: k)
      let naive = NaiveMetrics(ranked: ranked, relevant: relevant, k: k)
      expect(metrics.precision, naive.precision)
      expect(metrics.recall, naive.recall)
      expect(metrics.ndcg, naive.ndcg)
      expect(metrics.averagePrecision, naive.averagePrecision)
      expect(metrics.hitRate, naive.hitRate)
      expect(metrics.reciprocalRank, naive.reciprocalRank)
    }
  }
}

/// The same metrics from a vector of zeros and ones, written another way.
struct NaiveMetrics {
  let precision: Double
  let recall: Double
  let ndcg: Double
  let averagePrecision: Double
  let hitRate: Double
  let reciprocalRank: Double

  init(ranked: [Int], relevant: Set<Int>, k: Int) {
    let gains = (0..<k).map { $0 < ranked.count && relevant.contains(ranked[$0]) ? 1.0 : 0.0 }
    let ideal = (0..<k).map { $0 < relevant.count ? 1.0 : 0.0 }
    func discounted(_ gains: [Double]) -> Double {
      gains.enumerated().map { $1 * log(2) / log(Double($0) + 2) }.reduce(0, +)
    }
    let hits = gains.reduce(0, +)
    precision = hits / Double(k)
    recall = hits / Double(relevant.count)
    hitRate = min(1, hits)
    ndcg = discounted(gains) / discounted(ideal)
    reciprocalRank = gains.firstIndex(of: 1).map { 1 / Double($0 + 1) } ?? 0
    let precisionsAtHits: [Double] = (0..<k).map { place in
      let hitsSoFar: Double = gains[...place].reduce(0, +)
      return gains[place] * hitsSoFar / Double(place + 1)
    }
    averagePrecision = precisionsAtHits.reduce(0, +) / ideal.reduce(0, +)
  }
}
