import RecommendationCore

@testable import Rankers

/// Generated ranking problems whose truth is known.
struct RankingFixture {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A specification of columns in all four lists; the first item feature is the one that decides.
  static func specification(items: Int = 6) -> RankerSpecification {
    RankerSpecification(
      userFeatures: FeatureSet([FeatureReference(view: "user", name: "count")]),
      itemFeatures: FeatureSet((0..<items).map { FeatureReference(view: "item", name: "f\($0)") }),
      retrievalFeatures: ["als.score"], contextFeatures: ["hour_of_day"])
  }

  /// Rows of random values, a tenth of them missing.
  mutating func rows(_ count: Int, columns: Int) -> FeatureMatrix {
    var rows = FeatureMatrix(rows: count, columns: columns)
    for index in rows.values.indices {
      let isMissing = Int.random(in: 0..<10, using: &generator) == 0
      rows.values[index] = isMissing ? .nan : Float.random(in: -1...1, using: &generator)
    }
    return rows
  }

  /// Groups whose labels follow columns 1 and 2.
  mutating func examples(
    groups: Int, groupSize: Int = 20, specification: RankerSpecification
  ) -> RankingExamples {
    let rows = rows(groups * groupSize, columns: specification.columnCount)
    let labels = (0..<rows.rows).map { row in
      let first = rows[row, 1].isNaN ? 0 : rows[row, 1]
      let second = rows[row, 2].isNaN ? 0 : rows[row, 2]
      return Float(first + first * second > 0.6 ? 1 : 0)
    }
    return RankingExamples(
      rows: rows, labels: labels, groups: [Int](repeating: groupSize, count: groups))
  }

  /// A small trained model.
  static func model(
    specification: RankerSpecification, rounds: Int = 20
  ) throws -> [UInt8] {
    var fixture = RankingFixture(seed: 7)
    var parameters = XGBoostParameters()
    parameters.rounds = rounds
    parameters.threads = 1
    return try XGBoostTrainer.train(
      fixture.examples(groups: 60, specification: specification), specification: specification,
      parameters: parameters
    ).model
  }
}
