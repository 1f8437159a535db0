/// Best first: higher scores before lower, finite ones before all that are not, ties by id.
enum ScoreOrder {
  static func precedes<Candidate: PipelineCandidate>(_ lhs: Candidate, _ rhs: Candidate) -> Bool {
    switch (lhs.score.isFinite, rhs.score.isFinite) {
    case (true, true):
      lhs.score == rhs.score ? lhs.id < rhs.id : lhs.score > rhs.score
    case (true, false): true
    case (false, true): false
    case (false, false): lhs.id < rhs.id
    }
  }
}
