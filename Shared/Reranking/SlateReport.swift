extension SlateChoice {
  /// A choice with its report.
  ///
  /// - Complexity: O(count² similarities), and O(n log n) where the candidates are not sorted by relevance.
  init(
    _ indices: [Int], relaxed: [String: Int], quotaPlaces: [Int: Int], of problem: SlateProblem
  ) {
    // The best slate of the same length: what a short slate lacks, spreading did not take away.
    let best = Array(SlateProblem.order(by: problem.relevance).prefix(indices.count))
    self.indices = indices
    self.relaxed = relaxed
    self.quotaPlaces = quotaPlaces
    distanceBefore = Self.meanDistance(of: best, in: problem)
    distanceAfter =
      indices == best ? distanceBefore : Self.meanDistance(of: indices, in: problem)
    let relevance = problem.normalised(problem.relevance)
    let most = best.reduce(0.0) { $0 + (relevance[$1].isNaN ? 0 : Double(relevance[$1])) }
    let kept = indices.reduce(0.0) { $0 + (relevance[$1].isNaN ? 0 : Double(relevance[$1])) }
    relevanceKept = most > 0 ? min(1, kept / most) : 1
  }

  /// Mean of 1 - similarity over all pairs; 0 where there is no pair or nothing is known.
  static func meanDistance(of indices: [Int], in problem: SlateProblem) -> Double {
    problem.similarity?.meanDistance(of: indices) ?? 0
  }
}

extension ItemSimilarity {
  /// Mean of 1 - similarity over all pairs of items; 0 where there is no pair. O(count²).
  public var meanDistance: Double { meanDistance(of: Array(0..<count)) }

  func meanDistance(of indices: [Int]) -> Double {
    guard indices.count > 1 else { return 0 }
    let pairs = PairSimilarity(self)
    var sum = 0.0
    for (place, index) in indices.enumerated() {
      for other in indices[(place + 1)...] { sum += 1 - Double(pairs.similarity(index, other)) }
    }
    return sum / Double(indices.count * (indices.count - 1) / 2)
  }
}
