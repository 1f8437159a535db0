internal import RecommendationCore

/// Examples parted by query: each query is in one fold.
struct QueryFolds: Sendable {
  let examples: RankingExamples
  /// The first row of each query.
  private let starts: [Int]
  /// The fold of each query.
  private let folds: [Int]
  let count: Int

  init(_ examples: RankingExamples, count: Int, seed: UInt64) {
    self.examples = examples
    self.count = count
    var random = SeededGenerator(seed: seed)
    var start = 0
    starts = examples.groups.map { group in
      defer { start += group }
      return start
    }
    // Evenly dealt, so that no fold is empty.
    folds = examples.groups.indices.map { $0 % count }.shuffled(using: &random)
  }

  /// The rows of a fold's queries, or of all other folds'.
  func rows(_ fold: Int, isInside: Bool) -> [Int] {
    examples.groups.indices.filter { (folds[$0] == fold) == isInside }.flatMap { query in
      starts[query]..<(starts[query] + examples.groups[query])
    }
  }

  /// The examples of a fold, or of all others.
  func examples(_ fold: Int, isInside: Bool) -> RankingExamples {
    let rows = rows(fold, isInside: isInside)
    let columns = examples.rows.columns
    var part = FeatureMatrix(rows: rows.count, columns: columns)
    for (place, row) in rows.enumerated() {
      for column in 0..<columns { part[place, column] = examples.rows[row, column] }
    }
    return RankingExamples(
      rows: part, labels: rows.map { examples.labels[$0] },
      groups: examples.groups.indices.filter { (folds[$0] == fold) == isInside }.map {
        examples.groups[$0]
      })
  }
}
