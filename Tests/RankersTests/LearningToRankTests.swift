import RecommendationCore
import Testing

@testable import Rankers

@Suite struct LearningToRankTests {
  private func examples(groups: Int, seed: UInt64 = 21) -> RankingExamples {
    var fixture = RankingFixture(seed: seed)
    return fixture.examples(groups: groups, specification: RankingFixture.specification())
  }

  private var quick: LearningToRank {
    var learning = LearningToRank()
    (learning.folds, learning.trials, learning.members, learning.seeds) = (3, 4, 2, 2)
    (learning.rounds, learning.step) = (40, 10)
    return learning
  }

  @Test func unseenQueriesAreRankedByTheirTruth() throws {
    let learned = try quick.fit(examples(groups: 45))
    #expect(learned.members.count == 4)
    #expect(learned.settings.count == 2)
    #expect(learned.validation.map(\.place) == [1, 3, 5, 10])
    #expect((learned.validation.last?.ndcg ?? 0) > 0.75)
    let unseen = examples(groups: 20, seed: 22)
    let scores = try learned.score(unseen.rows, groups: unseen.groups)
    let quality = RankingTrial.quality(scores, unseen)
    #expect(quality > 0.75, "\(quality)")
    let none = RankingTrial.quality([Float](repeating: 0, count: scores.count), unseen)
    #expect(none < 0.4)
  }

  @Test func equalSeedsLearnTheSame() throws {
    var learning = quick
    learning.trials = 2
    let examples = examples(groups: 12)
    let (one, two) = (try learning.fit(examples), try learning.fit(examples))
    #expect(one.settings == two.settings)
    let scores = try one.score(examples.rows, groups: examples.groups)
    let again = try two.score(examples.rows, groups: examples.groups)
    #expect(zip(scores, again).allSatisfy { $0 == $1 })
  }

  @Test func noQueryIsJudgedByAModelThatSawIt() {
    let examples = examples(groups: 10)
    let folds = QueryFolds(examples, count: 3, seed: 5)
    var seen: [Int] = []
    for fold in 0..<3 {
      let (inside, outside) = (
        folds.rows(fold, isInside: true), folds.rows(fold, isInside: false)
      )
      #expect(!inside.isEmpty)
      #expect((inside + outside).sorted() == Array(0..<200))
      // Whole queries of 20 rows.
      #expect(Dictionary(grouping: inside) { $0 / 20 }.values.allSatisfy { $0.count == 20 })
      let part = folds.examples(fold, isInside: true)
      #expect(part.labels == inside.map { examples.labels[$0] })
      #expect(part.groups.reduce(0, +) == inside.count)
      seen += inside
    }
    #expect(seen.sorted() == Array(0..<200))
  }

  @Test func aDeadlineEndsTheSearchWithWhatThereIs() throws {
    var trials = 0
    let learned = try quick.fit(examples(groups: 12), deadline: ContinuousClock.now) { _ in
      trials += 1
    }
    #expect(trials == 1)
    #expect(learned.settings.count == 1)
  }

  @Test func relativeColumnsAreStandardisedWithinQueries() throws {
    let rows = try #require(
      FeatureMatrix(rows: 5, columns: 2, values: [1, 7, 3, 7, 2, 5, 4, .nan, 9, 1]))
    let wide = RelativeColumns.added(to: rows, groups: [2, 2, 1])
    #expect(wide.columns == 4)
    let wanted: [Float] = [-1, 0, 1, 0, -1, 0, 1, .nan, 0, 0]
    for row in 0..<5 {
      for column in 0..<2 {
        let value = wide[row, 2 + column]
        let expected = wanted[row * 2 + column]
        #expect(value.isNaN == expected.isNaN)
        #expect(expected.isNaN || abs(value - expected) < 1e-5)
        #expect(rows[row, column].isNaN || wide[row, column] == rows[row, column])
      }
    }
  }

  @Test func scoringWantsQueriesOnlyForRelativeColumns() throws {
    var learning = quick
    (learning.trials, learning.members, learning.seeds) = (1, 1, 1)
    let examples = examples(groups: 12)
    let relative = try learning.fit(examples)
    #expect(throws: RankerError.self) { try relative.score(examples.rows, groups: [3]) }
    learning.usesRelativeColumns = false
    let plain = try learning.fit(examples)
    #expect(try plain.score(examples.rows, groups: []).count == examples.labels.count)
    #expect(throws: RankerError.self) {
      try plain.score(FeatureMatrix(rows: 1, columns: 1), groups: [1])
    }
  }

  @Test func badExamplesAreRefused() {
    var bad = examples(groups: 2)
    #expect(throws: RankerError.self) { try quick.fit(bad) }
    bad = examples(groups: 6)
    bad.labels[0] = 40
    #expect(throws: RankerError.self) { try quick.fit(bad) }
    var none = quick
    none.folds = 1
    #expect(throws: RankerError.self) { try none.fit(examples(groups: 6)) }
  }
}
