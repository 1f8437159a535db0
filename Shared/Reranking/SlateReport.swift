extension SlateChoice {
  /// A choice with its report.
  ///
  /// - Parameters:
  ///   - order: all candidates by relevance.
  ///   - relevance: of all candidates, normalised.
  init(
    _ indices: [Int], relaxedCaps: [String: Int], of problem: SlateProblem, order: [Int],
    relevance: [Float?]
  ) {
    let best = Array(order.prefix(problem.count))
    self.indices = indices
    self.relaxedCaps = relaxedCaps
    distanceBefore = Self.meanDistance(of: best, in: problem)
    distanceAfter =
      indices == best ? distanceBefore : Self.meanDistance(of: indices, in: problem)
    let most = best.reduce(0.0) { $0 + Double(relevance[$1] ?? 0) }
    let kept = indices.reduce(0.0) { $0 + Double(relevance[$1] ?? 0) }
    relevanceKept = most > 0 ? min(1, kept / most) : 1
  }

  /// Mean of 1 - similarity over all pairs; 0 where there is no pair or nothing is known.
  static func meanDistance(of indices: [Int], in problem: SlateProblem) -> Double {
    guard let similarity = problem.similarity, indices.count > 1 else { return 0 }
    var sum = 0.0
    for (place, index) in indices.enumerated() {
      for other in indices[(place + 1)...] {
        sum += 1 - Double(similarity.similarity(index, other))
      }
    }
    return sum / Double(indices.count * (indices.count - 1) / 2)
  }
}
