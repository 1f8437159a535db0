import Foundation
import RecommendationCore
import Testing

@testable import Evaluation

@Suite struct GradedMetricsTests {
  private func isNear(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 }

  @Test func aQueryByHand() {
    // Order by score: labels 1, 2, 0 with gains 1, 3, 0; the best order is 3, 1, 0.
    let metrics = GradedMetrics(
      labels: [0, 1, 2], scores: [0.1, 0.9, 0.5], groups: [3], places: [1, 2, 10])
    let discount = 1 / log2(3.0)
    #expect(isNear(metrics.ndcg[0], 1.0 / 3))
    #expect(isNear(metrics.ndcg[1], (1 + 3 * discount) / (3 + discount)))
    #expect(isNear(metrics.ndcg[2], metrics.ndcg[1]))
  }

  @Test func tiesAreLost() {
    let metrics = GradedMetrics(
      labels: [2, 0, 1], scores: [1, 1, 1], groups: [3], places: [1, 3])
    #expect(metrics.ndcg[0] == 0)
    let worst = GradedMetrics(labels: [2, 0, 1], scores: [1, 3, 2], groups: [3], places: [3])
    #expect(isNear(metrics.ndcg[1], worst.ndcg[0]))
  }

  @Test func queriesWithoutRelevantRowsCountAsAsked() {
    func ndcg(_ empty: GradedMetrics.Empty) -> Double {
      let metrics = GradedMetrics(
        labels: [1, 0, 0, 0], scores: [0, 1, 2, 3], groups: [2, 2], places: [1], empty: empty)
      #expect(metrics.emptyCount == 1)
      #expect(metrics.queryCount == 2)
      return metrics.ndcg[0]
    }
    #expect(ndcg(.one) == 0.5)
    #expect(ndcg(.zero) == 0)
    #expect(ndcg(.skipped) == 0)
  }

  @Test func randomQueriesAgreeWithAPlainCount() {
    var random = SeededGenerator(seed: 4)
    let groups = (0..<30).map { _ in Int.random(in: 1...12, using: &random) }
    let count = groups.reduce(0, +)
    let labels = (0..<count).map { _ in Float(Int.random(in: 0...3, using: &random)) }
    let scores = (0..<count).map { _ in Float(Int.random(in: 0...5, using: &random)) }
    for place in [1, 3, 5, 10] {
      var (sum, start) = (0.0, 0)
      for group in groups {
        // Place of a row: those with a better score, and those as good with a lesser label, come before; rows alike
        // in both share places, whose discounts are handed out one by one.
        let rows = Array(start..<(start + group))
        start += group
        var (gain, ideal) = (0.0, 0.0)
        for row in rows {
          let before = rows.filter { other in
            scores[other] > scores[row]
              || (scores[other] == scores[row]
                && (labels[other] < labels[row] || (labels[other] == labels[row] && other < row)))
          }.count
          let better = rows.filter { other in
            labels[other] > labels[row] || (labels[other] == labels[row] && other < row)
          }.count
          let value = pow(2, Double(labels[row])) - 1
          if before < place { gain += value / log2(Double(before) + 2) }
          if better < place { ideal += value / log2(Double(better) + 2) }
        }
        sum += ideal > 0 ? gain / ideal : 1
      }
      let metrics = GradedMetrics(labels: labels, scores: scores, groups: groups, places: [place])
      #expect(isNear(metrics.ndcg[0], sum / Double(groups.count)))
    }
  }
}
