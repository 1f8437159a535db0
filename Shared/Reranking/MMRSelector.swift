/// Maximal marginal relevance (Carbonell and Goldstein 1998): each slot takes the candidate that is
/// relevant and unlike those already selected,
/// `(1 - strength) * relevance - strength * (greatest similarity to the slate)`,
/// among those that break no cap. Caps give way only when nothing else is left.
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
    let order = problem.order
    var state = State(problem: problem, order: order, strength: Float(strength))
    while state.selected.count < problem.count, let next = state.next() { state.take(next) }
    return SlateChoice(
      state.selected, relaxedCaps: state.relaxedCaps, of: problem, order: order,
      relevance: state.relevance)
  }
}

extension MMRSelector {
  /// A slate in the making.
  private struct State {
    let problem: SlateProblem
    let strength: Float
    let relevance: [Float?]
    /// Candidates not yet selected, by relevance: the first of equals wins.
    var remaining: [Int]
    var selected: [Int] = []
    var relaxedCaps: [String: Int] = [:]
    var counter: CapCounter
    /// Greatest similarity of each candidate to the slate so far.
    var nearest: [Float]
    var similarities: [Float]

    init(problem: SlateProblem, order: [Int], strength: Float) {
      self.problem = problem
      self.strength = strength
      relevance = problem.normalisedRelevance
      remaining = order
      counter = CapCounter(problem.caps, count: problem.items.count)
      nearest = [Float](repeating: 0, count: problem.items.count)
      similarities = nearest
    }

    /// Place in `remaining` of the best candidate of those that break fewest caps.
    func next() -> Int? {
      var best: (place: Int, broken: Int, score: Float)?
      for (place, index) in remaining.enumerated() {
        // Relevance that is no number sinks below whatever unlikeness could give.
        let score =
          relevance[index].map { (1 - strength) * $0 - strength * nearest[index] }
          ?? -.infinity
        let broken = counter.fullGroups[index]
        guard let current = best else {
          best = (place, broken, score)
          continue
        }
        if (broken, -score) < (current.broken, -current.score) { best = (place, broken, score) }
        // Without diversity the order is known: the first that breaks nothing is the best.
        if strength == 0, best?.broken == 0 { break }
      }
      return best?.place
    }

    mutating func take(_ place: Int) {
      let index = remaining.remove(at: place)
      for name in counter.add(index) { relaxedCaps[name, default: 0] += 1 }
      selected.append(index)
      guard strength > 0, let similarity = problem.similarity else { return }
      similarity.similarities(of: index, into: &similarities)
      for other in nearest.indices where similarities[other] > nearest[other] {
        nearest[other] = similarities[other]
      }
    }
  }
}
