import Foundation

/// Fast greedy MAP inference of a determinantal point process (Chen, Zhang, Zhou 2018, "Fast greedy MAP inference
/// for determinantal point process to improve recommendation diversity"), within whatever else the problem asks for.
///
/// The kernel is `L = diag(e^(a r)) S diag(e^(a r))` with relevance r and similarity S, and
/// `a = (1 - strength) / (2 strength)`, so that each place takes the candidate of the greatest
/// `(1 - strength) * relevance + strength * log(what is new in it)`: the determinant that it adds to S. An
/// incremental Cholesky factor gives that in O(candidates * count²) for the whole slate. Where maximal marginal
/// relevance only sees the most similar item of the slate, this sees all of them at once.
///
/// Strength 0 gives the order of relevance. S must be positive semi-definite, as Jaccard and cosine similarity are.
public struct DPPSelector: SlateSelector {
  /// How much unlikeness counts, from 0 to 1.
  public let strength: Double

  /// A selector; a strength outside 0 to 1 is moved to the nearer end, NaN to 0.
  public init(strength: Double) {
    self.strength = strength.isNaN ? 0 : max(0, min(1, strength))
  }

  /// The slate.
  public func select(_ problem: SlateProblem) -> SlateChoice {
    let utility = problem.utility
    let gains = DeterminantGains(
      utility: utility, similarity: problem.similarity, strength: Float(strength),
      rows: problem.count + problem.before)
    return GreedySlate(problem: problem, utility: utility, gains: gains).choice()
  }
}

/// The gains of a determinantal point process, by the incremental Cholesky factor of the slate's kernel.
///
/// As in ``MarginalRelevance`` gains only fall, and a candidate's row of the factor grows only when it is looked at.
struct DeterminantGains: SlateGains {
  /// Items that look the same are not quite the same: the off-diagonal is scaled by 1 less this, which keeps the
  /// kernel definite, so that no candidate is ever impossible.
  static let distinctness: Float = 0.01

  private(set) var latest: [Float]
  private let ceilings: [Float]
  private let similarity: PairSimilarity?
  private let strength: Float
  /// Row i: what each item taken gives to item i's row of the factor, `stride` values.
  private var factor: [Float] = []
  private let stride: Int
  /// How many values of each row are there.
  private var filled: [Int32]
  /// Square of each item's diagonal in the factor: the determinant that it would add.
  private var remaining: [Float]
  private var taken: [Int] = []
  private var inverseDiagonals: [Float] = []

  /// - Parameter rows: the most items that may be taken.
  init(utility: [Float], similarity: (any ItemSimilarity)?, strength: Float, rows: Int) {
    self.strength = strength
    self.similarity = strength > 0 ? similarity.map { PairSimilarity($0) } : nil
    ceilings = utility.map { $0.isNaN ? -.infinity : (1 - strength) * $0 }
    latest = ceilings
    let width = strength > 0 ? similarity?.count ?? 0 : 0
    stride = rows
    factor = [Float](repeating: 0, count: width * rows)
    filled = [Int32](repeating: 0, count: width)
    remaining = [Float](repeating: 1, count: width)
  }

  func ceiling(_ index: Int) -> Float { ceilings[index] }

  mutating func gain(_ index: Int) -> Float {
    guard similarity != nil, Int(filled[index]) < taken.count else { return latest[index] }
    fill(index)
    // Rounding must not turn what is left of an item negative.
    latest[index] =
      ceilings[index] + strength * log(max(remaining[index], Self.distinctness * Self.distinctness))
    return latest[index]
  }

  mutating func take(_ index: Int) {
    guard similarity != nil else { return }
    fill(index)
    taken.append(index)
    inverseDiagonals.append(
      1 / max(remaining[index], Self.distinctness * Self.distinctness).squareRoot())
  }

  /// Brings an item's row of the factor up to date. O(new items x taken items).
  private mutating func fill(_ index: Int) {
    guard let similarity else { return }
    let scale = 1 - Self.distinctness
    var left = remaining[index]
    let (stride, first, taken, inverses) = (stride, Int(filled[index]), taken, inverseDiagonals)
    factor.withUnsafeMutableBufferPointer { factor in
      let row = index * stride
      for column in first..<taken.count {
        let other = taken[column] * stride
        var value = scale * similarity.similarity(taken[column], index)
        for before in 0..<column { value -= factor[other + before] * factor[row + before] }
        value *= inverses[column]
        factor[row + column] = value
        left -= value * value
      }
    }
    remaining[index] = left
    filled[index] = Int32(truncatingIfNeeded: taken.count)
  }
}
