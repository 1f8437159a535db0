import Foundation

/// How the places of all users' lists are shared out among the items.
public struct ExposureMetrics: Sendable, Equatable, Codable {
  /// Share of the items that stand in some list.
  public var coverage: Double
  /// Gini index of how often items stand in lists: 0 when all do equally often, near 1 when one takes all.
  public var gini: Double
  /// Shannon entropy of the items over all places, in bits.
  public var entropy: Double
  /// Mean self-information of a place's item, −log2 of the share of users that took it in training, in bits;
  /// an item that nobody took counts as taken once (Vargas, Castells 2011).
  public var novelty: Double
  /// Mean training popularity of a place's item, over the mean training popularity of the entries of the
  /// same users' histories; 1 when lists are as popular as what was taken (Abdollahpouri et al. 2019).
  public var popularityLift: Double

  /// Counts lists.
  ///
  /// - Parameters:
  ///   - lists: of the users that are measured; what lies beyond k is not looked at.
  ///   - histories: the same users' training items.
  ///   - popularity: users that took each item in training; items with 0 are not of the catalogue for
  ///     coverage and Gini.
  ///   - userCount: users of the training part.
  public init(
    lists: [ArraySlice<Int32>], histories: [ArraySlice<Int32>], popularity: [Int], userCount: Int,
    k: Int
  ) {
    var counts = [Int](repeating: 0, count: popularity.count)
    var (places, information, shownPopularity) = (0, 0.0, 0.0)
    for list in lists {
      for item in list.prefix(k) {
        counts[Int(item)] += 1
        places += 1
        let taken = popularity[Int(item)]
        shownPopularity += Double(taken)
        information -= log2(Double(max(1, taken)) / Double(max(1, userCount)))
      }
    }
    let catalogue = popularity.indices.filter { popularity[$0] > 0 }
    let shown = catalogue.count { counts[$0] > 0 }
    coverage = catalogue.isEmpty ? 0 : Double(shown) / Double(catalogue.count)
    gini = Self.gini(catalogue.map { counts[$0] })
    let total = Double(max(1, places))
    entropy = counts.reduce(0) { sum, count in
      count > 0 ? sum - Double(count) / total * log2(Double(count) / total) : sum
    }
    novelty = information / total
    var (entries, takenPopularity) = (0, 0.0)
    for history in histories {
      for item in history {
        entries += 1
        takenPopularity += Double(popularity[Int(item)])
      }
    }
    let base = takenPopularity / Double(max(1, entries))
    popularityLift = base > 0 ? shownPopularity / total / base : 0
  }

  /// Σ (2 i − n − 1) c_i / (n Σ c), counts rising, i from 1.
  private static func gini(_ counts: [Int]) -> Double {
    let total = counts.reduce(0, +)
    guard total > 0 else { return 0 }
    let sum = counts.sorted().enumerated().reduce(0.0) { sum, entry in
      sum + Double(2 * (entry.offset + 1) - counts.count - 1) * Double(entry.element)
    }
    return sum / (Double(counts.count) * Double(total))
  }
}
