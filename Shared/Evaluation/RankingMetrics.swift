import Foundation

/// How good the first k places of one user's list are, by binary relevance.
///
/// With k places, the set of relevant (test) items, and hits the relevant ones among the k:
/// - precision = hits / k
/// - recall = hits / relevant
/// - hit rate = 1 when there is a hit, else 0
/// - NDCG = Σ over hits 1 / log2(place + 1), over the same sum of an ideal list, whose hits are cut at
///   min(k, relevant) (Järvelin, Kekäläinen 2002)
/// - average precision = Σ over hits (hits so far / place) / min(k, relevant)
/// - reciprocal rank = 1 / place of the first hit, 0 when there is none
///
/// A list shorter than k misses at the places that it lacks.
public struct RankingMetrics: Sendable, Equatable, Codable {
  /// Share of the k places that are hits.
  public var precision: Double = 0
  /// Share of the relevant items that are among the k.
  public var recall: Double = 0
  /// Gain discounted by place, over the ideal.
  public var ndcg: Double = 0
  /// Mean of the precisions at the hits (MAP when averaged over users).
  public var averagePrecision: Double = 0
  /// Whether there is a hit.
  public var hitRate: Double = 0
  /// One over the place of the first hit (MRR when averaged over users).
  public var reciprocalRank: Double = 0

  /// All zeros.
  public init() {}

  /// The metrics of one list.
  ///
  /// - Parameters:
  ///   - ranked: best first, without repeats; what lies beyond k is not looked at.
  ///   - relevant: the test items; when empty, all metrics are 0.
  ///   - k: number of places, at least 1.
  public init<Item: Hashable>(ranked: some Sequence<Item>, relevant: Set<Item>, k: Int) {
    guard k > 0, !relevant.isEmpty else { return }
    let places = min(k, relevant.count)
    var (hits, gain, precisions) = (0, 0.0, 0.0)
    for (index, item) in ranked.prefix(k).enumerated() where relevant.contains(item) {
      hits += 1
      gain += Self.discount(place: index + 1)
      precisions += Double(hits) / Double(index + 1)
      if hits == 1 { reciprocalRank = 1 / Double(index + 1) }
    }
    precision = Double(hits) / Double(k)
    recall = Double(hits) / Double(relevant.count)
    hitRate = hits > 0 ? 1 : 0
    averagePrecision = precisions / Double(places)
    ndcg = gain / (1...places).reduce(0) { $0 + Self.discount(place: $1) }
  }

  private static func discount(place: Int) -> Double { 1 / log2(Double(place) + 1) }

  /// Adds another user's metrics, on the way to a mean.
  public static func += (sum: inout RankingMetrics, other: RankingMetrics) { sum.add(other) }

  mutating func add(_ other: RankingMetrics) {
    precision += other.precision
    recall += other.recall
    ndcg += other.ndcg
    averagePrecision += other.averagePrecision
    hitRate += other.hitRate
    reciprocalRank += other.reciprocalRank
  }

  /// These sums as means over so many users.
  public func divided(by users: Int) -> RankingMetrics {
    var mean = self
    let share = users > 0 ? 1 / Double(users) : 0
    mean.precision *= share
    mean.recall *= share
    mean.ndcg *= share
    mean.averagePrecision *= share
    mean.hitRate *= share
    mean.reciprocalRank *= share
    return mean
  }
}
