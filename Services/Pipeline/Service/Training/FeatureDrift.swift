import Catalogue
import Features
import Foundation
import Rankers
import RecommendationCore

/// Compares the values that a ranker would learn from with those that it will meet when it serves, and
/// leaves out columns that have drifted.
///
/// A window's count, for one, depends on how densely the log's last days are filled. Where a test holds out
/// everybody's last acts they are thinner than any moment in training, and a tree that splits on such a
/// count then sends all items the wrong way.
struct FeatureDrift: Sendable {
  /// Columns whose Kolmogorov-Smirnov distance is above this are left out.
  static let limit = 0.2

  /// Distance of each column by name.
  let distances: [String: Double]
  /// Indices of the columns that stay.
  let kept: [Int]
  /// What the ranker reads then.
  let specification: RankerSpecification

  /// No comparison: every column stays.
  init(keepingAll specification: RankerSpecification) {
    distances = [:]
    kept = Array(0..<specification.columnCount)
    self.specification = specification
  }

  /// - Parameters:
  ///   - learned: rows of whole candidate lists as in training.
  ///   - served: rows of whole candidate lists as the services would send them.
  ///   - leavingOut: columns whose names begin so do not stay either.
  init(
    learned: FeatureMatrix, served: FeatureMatrix, specification: RankerSpecification,
    leavingOut: [String] = []
  ) {
    var distances: [String: Double] = [:]
    var kept: [Int] = []
    for (column, name) in specification.columnNames.enumerated() {
      let distance = Self.distance(
        Self.column(learned, column), Self.column(served, column))
      distances[name] = distance
      // A rank means the same everywhere.
      let isWanted = !leavingOut.contains { name.hasPrefix($0) }
      if isWanted, distance <= Self.limit || name.hasSuffix(".rank") { kept.append(column) }
    }
    self.distances = distances
    self.kept = kept
    self.specification = Self.narrowed(specification, to: Set(kept))
  }

  /// Names of the columns that are left out, worst first.
  var dropped: [String] {
    let stay = Set(specification.columnNames)
    return distances.filter { !stay.contains($0.key) }.sorted { $0.value > $1.value }.map(\.key)
  }

  /// Examples with the columns that stay.
  func narrowed(_ examples: RankingExamples) -> RankingExamples {
    let rows = examples.rows
    var values: [Float] = []
    values.reserveCapacity(rows.rows * kept.count)
    for row in 0..<rows.rows {
      for column in kept { values.append(rows.values[row * rows.columns + column]) }
    }
    guard let matrix = FeatureMatrix(rows: rows.rows, columns: kept.count, values: values) else {
      return examples
    }
    return RankingExamples(rows: matrix, labels: examples.labels, groups: examples.groups)
  }

  /// Largest difference between the distribution functions of two samples; missing values count as the
  /// lowest.
  static func distance(_ one: [Float], _ other: [Float]) -> Double {
    guard !one.isEmpty, !other.isEmpty else { return 0 }
    let first = one.map { $0.isNaN ? -.infinity : $0 }.sorted()
    let second = other.map { $0.isNaN ? -.infinity : $0 }.sorted()
    var (i, j) = (0, 0)
    var largest = 0.0
    while i < first.count, j < second.count {
      let value = min(first[i], second[j])
      while i < first.count, first[i] <= value { i += 1 }
      while j < second.count, second[j] <= value { j += 1 }
      largest = max(
        largest, abs(Double(i) / Double(first.count) - Double(j) / Double(second.count)))
    }
    return largest
  }

  /// About twenty thousand of a column's values, evenly spread.
  private static func column(_ matrix: FeatureMatrix, _ column: Int) -> [Float] {
    let step = max(1, matrix.rows / 20_000)
    return stride(from: 0, to: matrix.rows, by: step).map { matrix[$0, column] }
  }

  private static func narrowed(
    _ specification: RankerSpecification, to kept: Set<Int>
  ) -> RankerSpecification {
    var column = -1
    func keep<Element>(_ elements: [Element]) -> [Element] {
      elements.filter { _ in
        column += 1
        return kept.contains(column)
      }
    }
    let user = keep(specification.userFeatures.features)
    let item = keep(specification.itemFeatures.features)
    let retrieval = keep(specification.retrievalFeatures)
    let context = keep(specification.contextFeatures)
    return RankerSpecification(
      userFeatures: FeatureSet(user), itemFeatures: FeatureSet(item), retrievalFeatures: retrieval,
      contextFeatures: context)
  }
}

/// Rows as the services would send them just after the end of the training log.
struct ServedRows {
  let log: TrainingLog
  let retrieval: OfflineRetrieval
  let input: RankerInput
  let catalogue: CatalogueSnapshot

  /// The candidates of some users, drawn at random.
  func sample(users count: Int, seed: UInt64) throws -> FeatureMatrix {
    var engine = FeatureEngine(catalogue: catalogue)
    for event in TrainingLogCursor(log) { engine.apply(event) }
    var random = SeededGenerator(seed: seed)
    let time = log.lastMilliseconds + 1
    var values: [Float] = []
    var rows = 0
    for user in log.users.shuffled(using: &random).prefix(count) {
      let candidates = try retrieval.candidates(
        history: engine.history(of: user, limit: OfflineRetrieval.historyLimit),
        seen: Set(engine.history(of: user, limit: .max).items), at: time)
      values += input.rows(candidates, user: user, engine: engine, at: time).values
      rows += candidates.count
    }
    let columns = input.specification.columnCount
    return FeatureMatrix(rows: rows, columns: columns, values: values)
      ?? FeatureMatrix(rows: 0, columns: columns)
  }
}
