import Foundation
import Rankers

/// How good an order of candidates is, by what was liked afterwards.
enum OrderQuality {
  /// Mean NDCG@k over groups with binary relevance; the ideal counts also what retrieval missed.
  ///
  /// - Parameters:
  ///   - scores: one a row; nil keeps the order of the rows.
  ///   - relevantCounts: items liked in all, a group.
  static func meanNDCG(
    _ examples: RankingExamples, scores: [Float]?, relevantCounts: [Int], k: Int
  ) -> Double {
    var start = 0
    var sum = 0.0
    for (group, size) in examples.groups.enumerated() {
      var order = Array(start..<start + size)
      if let scores { order.sort { (scores[$1], $0) < (scores[$0], $1) } }
      var gain = 0.0
      for (place, row) in order.prefix(k).enumerated() where examples.labels[row] > 0 {
        gain += 1 / log2(Double(place) + 2)
      }
      let ideal = (0..<min(k, relevantCounts[group])).reduce(0.0) { $0 + 1 / log2(Double($1) + 2) }
      sum += ideal > 0 ? gain / ideal : 0
      start += size
    }
    return examples.groups.isEmpty ? 0 : sum / Double(examples.groups.count)
  }
}
