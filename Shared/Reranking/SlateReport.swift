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
    let scale = problem.scale(of: problem.relevance)
    func total(_ indices: [Int]) -> Double {
      indices.reduce(0) { sum, index in
        let relevance = scale.value(problem.relevance[index])
        return relevance.isNaN ? sum : sum + Double(relevance)
      }
    }
    let (most, kept) = (total(best), total(indices))
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
    let sum =
      switch PairSimilarity(self) {
      case .sets(let sets): Self.sumOfDistances(sets, indices)
      case .other(let other): Self.sumOfDistances(other, indices)
      }
    return sum / Double(indices.count * (indices.count - 1) / 2)
  }

  /// Generic, so that the usual kind's loop is compiled for it.
  private static func sumOfDistances(_ similarity: some ItemSimilarity, _ indices: [Int]) -> Double
  {
    var sum = 0.0
    for (place, index) in indices.enumerated() {
      for other in indices[(place + 1)...] {
        sum += 1 - Double(similarity.similarity(index, other))
      }
    }
    return sum
  }
}
