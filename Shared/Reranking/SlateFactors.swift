import Foundation

/// Favours new items: 1 for an item of now, half of it a half-life ago.
public enum Freshness {
  /// The factor of an item on its relevance: `1 - weight * (1 - 2^(-age / half-life))`.
  ///
  /// - Parameters:
  ///   - ageDays: nil: unknown, which is not known to be new.
  ///   - weight: how far freshness counts, 0 to 1.
  public static func factor(ageDays: Double?, halfLifeDays: Double, weight: Double) -> Float {
    let freshness = ageDays.map { exp2(-max(0, $0) / halfLifeDays) } ?? 0
    return Float(1 - weight * (1 - freshness))
  }
}

/// Counts popularity against an item, whose clicks it explains in part (Steck 2011: "Item popularity and
/// recommendation accuracy"): the penalty grows with the logarithm of the item's count and is greatest, the whole
/// weight, for the most popular candidate.
public enum PopularityBias {
  /// The factor of each item on its relevance.
  ///
  /// - Parameters:
  ///   - logCounts: ln(1 + how often each item was acted upon), 0 or more; NaN: unknown, which counts as 0.
  ///   - weight: how far popularity counts against an item, 0 to 1.
  public static func factors(logCounts: [Float], weight: Double) -> [Float] {
    let greatest = logCounts.reduce(Float(0)) { $1.isFinite ? max($0, $1) : $0 }
    guard greatest > 0 else { return [Float](repeating: 1, count: logCounts.count) }
    let scale = Float(weight) / greatest
    return logCounts.map { $0.isFinite && $0 > 0 ? 1 - scale * $0 : 1 }
  }
}

/// Favours items unlike what the user knows: serendipity as relevance times unexpectedness (Ge, Delgado-Battenfeld,
/// Jannach 2010; distance to the profile as in Kaminskas and Bridge 2016).
public enum Unexpectedness {
  /// The factor of each candidate on its relevance, `1 - weight * (1 - unexpectedness)`, where unexpectedness is 1
  /// less the weighted mean Jaccard similarity to what the user knows.
  ///
  /// Items of one set of groups are counted together: histories are long, genre sets are few.
  ///
  /// - Parameters:
  ///   - candidates: number of candidates.
  ///   - groups: of the candidates and of the known items.
  ///   - firstKnown: place of the first known item in `groups`.
  ///   - known: weight of each known item; only those above 0 count.
  ///   - weight: how far unexpectedness counts, 0 to 1.
  /// - Complexity: O(candidates x distinct sets among the known).
  public static func factors(
    candidates: Int, groups: ItemGroups, firstKnown: Int, known: [Float], weight: Double
  ) -> [Float] {
    var representatives: [(index: Int, weight: Float)] = []
    var placeBySet: [ArraySlice<UInt32>: Int] = [:]
    for (place, own) in known.enumerated() where own > 0 && own.isFinite {
      let index = firstKnown + place
      let set = groups[index]
      if let known = placeBySet[set] {
        representatives[known].weight += own
      } else {
        placeBySet[set] = representatives.count
        representatives.append((index, own))
      }
    }
    let total = representatives.reduce(Float(0)) { $0 + $1.weight }
    var expected = [Float](repeating: 0, count: candidates)
    guard total > 0, total.isFinite else { return expected.map { _ in 1 } }
    let similarity = SetSimilarity(groups)
    var row = [Float](repeating: 0, count: similarity.count)
    for (index, own) in representatives {
      similarity.similarities(of: index, into: &row)
      for candidate in 0..<candidates { expected[candidate] += own / total * row[candidate] }
    }
    return expected.map { 1 - Float(weight) * min(1, $0) }
  }
}
