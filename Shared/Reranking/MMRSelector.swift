/// Maximal marginal relevance (Carbonell and Goldstein 1998): each place takes the candidate that is
/// relevant and unlike those already selected,
/// `(1 - strength) * relevance - strength * (greatest similarity to the slate)`,
/// within whatever else the problem asks for.
///
/// Greedy; O(candidates * count). Strength 0 gives the order of relevance.
public struct MMRSelector: SlateSelector {
  /// How much unlikeness counts, from 0 to 1.
  public let strength: Double

  /// A selector; a strength outside 0 to 1 is moved to the nearer end, NaN to 0.
  public init(strength: Double) {
    self.strength = strength.isNaN ? 0 : max(0, min(1, strength))
  }

  /// The slate.
  public func select(_ problem: SlateProblem) -> SlateChoice {
    let utility = problem.utility
    let gains = MarginalRelevance(
      utility: utility, similarity: problem.similarity, strength: Float(strength))
    return GreedySlate(problem: problem, utility: utility, gains: gains).choice()
  }
}

/// The gains of maximal marginal relevance.
///
/// They only fall as the slate grows, so a candidate is compared with the items that came since it was last looked at
/// when it is looked at again, and most never are (the lazy evaluation of Minoux 1978): exact, and several times
/// cheaper than keeping all up to date.
struct MarginalRelevance: SlateGains {
  private(set) var latest: [Float]
  private let ceilings: [Float]
  private let similarity: (any ItemSimilarity)?
  private let strength: Float
  /// Greatest similarity of each candidate to the first `compared` items taken.
  private var nearest: [Float]
  private var compared: [Int32]
  private var taken: [Int] = []

  init(utility: [Float], similarity: (any ItemSimilarity)?, strength: Float) {
    self.strength = strength
    self.similarity = strength > 0 ? similarity : nil
    // Relevance that is no number stays below whatever unlikeness could give.
    ceilings = utility.map { $0.isNaN ? -.infinity : (1 - strength) * $0 }
    latest = ceilings
    nearest = [Float](repeating: 0, count: self.similarity == nil ? 0 : utility.count)
    compared = [Int32](repeating: 0, count: nearest.count)
  }

  func ceiling(_ index: Int) -> Float { ceilings[index] }

  mutating func gain(_ index: Int) -> Float {
    guard let similarity, compared[index] < taken.count else { return latest[index] }
    let near = max(
      nearest[index], similarity.greatestSimilarity(of: index, to: taken[Int(compared[index])...]))
    nearest[index] = near
    compared[index] = Int32(truncatingIfNeeded: taken.count)
    latest[index] = ceilings[index] - strength * near
    return latest[index]
  }

  mutating func take(_ index: Int) { taken.append(index) }
}
